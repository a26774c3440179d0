#pragma once

#include "actors/status_responder.hpp"
#include "services/configuration.hpp"
#include "services/http/listener.hpp"
#include "services/node.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace troth::services {

/// The part of an EST server that tells whether manifests still are good (OMSP). Everybody may
/// ask: an answer is signed, and says what machines show to anybody who appraises them.
class status_service {
public:
  void define(configuration& keys);

  /// @returns `missing`, `malformed`, `conflict`, `expired`; `unavailable` for a file that is none.
  result<void> prepare();

  /// Serves, if there is an address. @returns `io`.
  result<void> start(node& on);

  bool is_on() const noexcept { return responder_ != nullptr; }

  /// Returns whether it can answer. @pre `is_on()`
  result<void> check() const { return responder_->check(); }

private:
  std::string listen_;
  http::tls_files tls_;
  std::string file_;
  std::string certificate_;
  std::string key_;
  std::uint64_t lifetime_seconds_ = 604'800;
  std::shared_ptr<actors::status_responder> responder_;
};

} // namespace troth::services
