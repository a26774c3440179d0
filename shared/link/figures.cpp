#include "shared/link/figures.hpp"

namespace troth::link {

traffic& figures::of(const std::string& role) {
  const std::lock_guard lock{mutex_};
  auto& found = roles_[role];
  if (!found)
    found = std::make_unique<traffic>();
  return *found;
}

void figures::refused_handshake(const std::string& reason) {
  const std::lock_guard lock{mutex_};
  ++handshakes_[reason];
}

void figures::refused_frame(const std::string& role, const std::string& rule) {
  const std::lock_guard lock{mutex_};
  ++frames_[{role, rule}];
}

figures::snapshot figures::read() const {
  snapshot out;
  const std::lock_guard lock{mutex_};
  for (const auto& [role, now] : roles_)
    out.roles[role] = {now->connections, now->opened, now->received_bytes, now->sent_bytes,
                       now->outstanding};
  out.handshakes = handshakes_;
  out.frames = frames_;
  out.has_unusable_files = has_unusable_files_;
  return out;
}

} // namespace troth::link
