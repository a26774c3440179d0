#include "actors/host.hpp"

#include "shared/base/hex.hpp"
#include "shared/protocol/error.hpp"

#include <caf/exit_reason.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>

namespace troth::actors {

namespace {

constexpr std::size_t transfer_id_bytes = 16;

} // namespace

host::host(caf::scheduled_actor* self, host_options options,
           std::function<result<bytes>(std::size_t)> random)
  : self_(self), options_(std::move(options)), random_(std::move(random)),
    transfers_(options_.transfers) {
  // nop
}

caf::result<protocol::hello> host::greet(const protocol::hello& theirs) const {
  if (theirs.major != protocol::protocol_major)
    return protocol::to_caf({errc::unsupported, "hello.major: got " + std::to_string(theirs.major)
                                                  + ", expected "
                                                  + std::to_string(protocol::protocol_major)});
  const auto& roles = options_.accepts;
  if (std::find(roles.begin(), roles.end(), theirs.role) == roles.end())
    return protocol::to_caf({errc::forbidden, "hello.role: " + theirs.role});
  return options_.ours;
}

caf::result<void> host::put(protocol::chunk&& part) {
  if (const auto kept = transfers_.put(std::move(part), self_->clock().now()); !kept)
    return protocol::to_caf(kept.error());
  return {};
}

caf::result<protocol::blob> host::get(const std::string& transfer, std::uint64_t offset) {
  auto part = transfers_.get(transfer, offset, self_->clock().now());
  leave_if_done();
  if (!part)
    return protocol::to_caf(part.error());
  return *std::move(part);
}

result<protocol::blob> host::take(protocol::payload&& from) {
  return transfers_.take(std::move(from), self_->clock().now());
}

void host::finishes_when_told() {
  self_->set_exit_handler([this](caf::exit_msg& what) {
    if (what.reason != caf::exit_reason::user_shutdown)
      return self_->quit(std::move(what.reason));
    is_stopping_ = true;
    leave_if_done();
  });
}

void host::ends() {
  --open_;
  leave_if_done();
}

bool host::refuses() const {
  return is_stopping_ && self_->current_sender() != self_->ctrl();
}

void host::leave_if_done() {
  if (is_stopping_ && open_ == 0 && !transfers_.is_giving())
    self_->quit(protocol::untouched());
}

void host::tell(std::string_view what, std::string_view code,
                const protocol::request_context& of) const {
  if (options_.told)
    options_.told(what, code, of);
}

void host::tell(std::string_view what, const caf::error& why,
                const protocol::request_context& of) const {
  tell(what, name(protocol::from_peer(why, what).code), of);
}

caf::result<protocol::payload> host::give(std::string media_type, protocol::blob body) {
  auto made = make(std::move(media_type), std::move(body));
  if (!made)
    return protocol::to_caf(made.error());
  return *std::move(made);
}

void host::give(caf::typed_response_promise<protocol::payload> to, std::string media_type,
                protocol::blob body) {
  auto made = make(std::move(media_type), std::move(body));
  if (made)
    to.deliver(*std::move(made));
  else
    to.deliver(protocol::to_caf(made.error()));
}

result<protocol::payload> host::make(std::string media_type, protocol::blob body) {
  const auto id = random_(transfer_id_bytes);
  if (!id)
    return id.error();
  return transfers_.give(std::move(media_type), std::move(body), hex(*id), self_->clock().now());
}

} // namespace troth::actors
