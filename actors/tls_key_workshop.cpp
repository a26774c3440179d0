#include "actors/tls_key_workshop.hpp"

#include "actors/own_context.hpp"
#include "shared/device/attestation_key_store.hpp"

#include <algorithm>

namespace troth::actors {

std::size_t tls_key_workshop::count_new() const {
  return static_cast<std::size_t>(
    std::ranges::count_if(makings_, [](const auto& each) { return !each.second.is_rotation; }));
}

result<void> tls_key_workshop::check_can_make(const std::string& id) const {
  if (makings_.contains(id))
    return error{errc::conflict, "TLS key: it is being rotated"};
  if (makings_.size() >= options_.max_makings)
    return error{errc::exhausted, "TLS keys: too many are being made"};
  if (shelf_.find(id) == nullptr && shelf_.all().size() + count_new() >= options_.max_keys)
    return error{errc::exhausted, "TLS keys: " + std::to_string(options_.max_keys)};
  return {};
}

void tls_key_workshop::make(const std::string& id, tls_key_wish wish,
                            const tls_key_patience& within, outcome then) {
  auto work = std::make_unique<tls_key_enrolment>(id, std::move(wish), ports_->now(), ask_(within));
  auto& begun = makings_[id];
  begun = {std::move(work), shelf_.find(id) != nullptr, std::move(then)};
  begun.work->run([this, id, of = within.of](result<tls_key_record> made) {
    const auto done = std::move(makings_.at(id)); // until the end: it is what calls this
    makings_.erase(id);
    const auto kept = made ? keep(*std::move(made), done.is_rotation) : result<void>{made.error()};
    if (kept)
      ports_->note((done.is_rotation ? "rotated the TLS key " : "made the TLS key ") + id, of);
    done.then(kept);
  });
}

result<void> tls_key_workshop::keep(tls_key_record made, bool is_rotation) {
  if (is_rotation && shelf_.find(made.id) == nullptr)
    return error{errc::not_found, "TLS key: it was erased meanwhile"};
  return shelf_.put(std::move(made));
}

void tls_key_workshop::renew(std::function<void()> done) {
  due_.clear();
  for (const auto& [id, key] : shelf_.all())
    if (device::is_due_for_renewal(key.chain.front(), ports_->now()))
      due_.push_back(id);
  when_renewed_ = std::move(done);
  renew_next();
}

void tls_key_workshop::renew_next() {
  while (!due_.empty()) {
    const auto id = due_.back();
    due_.pop_back();
    const auto* const key = shelf_.find(id);
    if (key == nullptr || !check_can_make(id))
      continue;
    const tls_key_patience within{own_context(ports_->random),
                                  protocol::to_unix_ms(ports_->now() + options_.time)};
    return make(id, key->as, within, [this, id, of = within.of](const result<void>& made) {
      note_renewal(id, made, of);
      renew_next();
    });
  }
  when_renewed_();
}

void tls_key_workshop::note_renewal(const std::string& id, const result<void>& made,
                                    const protocol::request_context& of) {
  if (made) {
    troubles_.erase(id);
    return;
  }
  const auto why = to_string(made.error());
  if (std::exchange(troubles_[id], why) != why)
    ports_->note("the TLS key " + id + " is not renewed: " + why, of);
}

} // namespace troth::actors
