#pragma once

#include "services/caller.hpp"

#include <functional>
#include <optional>

namespace troth::services {

/// Who may be on the other side of CoAP.
struct coap_callers {
  std::function<std::optional<caller>(const credentials&)> of_secure; ///< With DTLS.
  caller of_plain; ///< Whoever reaches the loopback interface.
};

} // namespace troth::services
