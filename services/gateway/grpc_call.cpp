#include "services/gateway/grpc_call.hpp"

#include "shared/wire/status_codes.hpp"

#include <utility>

namespace troth::services {

namespace {

constexpr std::size_t small_body_bytes = std::size_t{64} * 1024; // not worth being counted

} // namespace

grpc_call::grpc_call(const door_parts& door, grpc::ServerUnaryReactor* reactor,
                     wire::cmc::operation which, std::size_t received_bytes, std::string_view trace)
  : door_(door), reactor_(reactor), seen_(observe_request(door, "grpc", trace)) {
  seen_.operation = wire::cmc::name(which);
  seen_.received_bytes = received_bytes;
}

bool grpc_call::is_granted() {
  grant_ = door_.busy->at_once.admit(seen_.client);
  return grant_ != nullptr;
}

bool grpc_call::take_shares() {
  busy_.emplace(door_.busy->requests);
  if (seen_.received_bytes > small_body_bytes)
    held_.emplace(door_.busy->body_bytes, seen_.received_bytes);
  return door_.busy->requests <= door_.allowed.max_requests
         && door_.busy->body_bytes <= door_.allowed.max_body_bytes;
}

void grpc_call::refuse(const error& why) {
  const std::lock_guard lock{mutex_};
  if (is_over_)
    return;
  seen_.code = troth::name(why.code);
  seen_.why = why.where;
  finish({static_cast<grpc::StatusCode>(wire::grpc_status(why.code)), told(why)});
}

void grpc_call::succeed(std::size_t sent_bytes, const std::function<void()>& fill) {
  const std::lock_guard lock{mutex_};
  if (is_over_)
    return; // the response is not ours any more
  fill();
  seen_.sent_bytes = sent_bytes;
  finish(grpc::Status::OK);
}

void grpc_call::finish(const grpc::Status& status) {
  is_over_ = true;
  seen_.time = std::chrono::steady_clock::now() - begun_;
  door_.observe(seen_);
  grant_.reset();
  busy_.reset();
  held_.reset();
  reactor_->Finish(status);
}

void open_calls::add(const std::shared_ptr<grpc_call>& one) {
  const std::lock_guard lock{mutex_};
  all_.insert(one);
}

void open_calls::remove(const std::shared_ptr<grpc_call>& one) {
  const std::lock_guard lock{mutex_};
  all_.erase(one);
}

bool open_calls::is_empty() const {
  const std::lock_guard lock{mutex_};
  return all_.empty();
}

void open_calls::refuse_all(const error& why) {
  std::set<std::shared_ptr<grpc_call>> taken;
  {
    const std::lock_guard lock{mutex_};
    taken.swap(all_);
  }
  for (const auto& one : taken)
    one->refuse(why);
}

} // namespace troth::services
