#pragma once

#include "services/gateway/coap_callers.hpp"
#include "services/gateway/door.hpp"
#include "services/http/listener.hpp"
#include "shared/base/result.hpp"
#include "shared/link/address.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace troth::services {

/// Where the reference's API is served over CoAP.
struct coap_addresses {
  std::optional<link::address> plain;  ///< UDP, of the loopback interface.
  std::optional<link::address> secure; ///< DTLS, for clients with a certificate.
  http::tls_files tls;                 ///< All three files, for DTLS.
};

/// Serves the reference's API over CoAP, in one thread of its own.
class coap_door {
public:
  /// @returns `io` if an address or a file cannot be used.
  static result<std::unique_ptr<coap_door>> open(const coap_addresses& at, coap_callers who,
                                                 door_parts parts);

  /// Stops at once.
  ~coap_door();
  coap_door(const coap_door&) = delete;
  coap_door& operator=(const coap_door&) = delete;

  /// Takes no new requests, and gives the others this much time.
  void stop(std::chrono::milliseconds patience);

private:
  class implementation;
  explicit coap_door(std::unique_ptr<implementation> parts);
  std::unique_ptr<implementation> parts_;
};

} // namespace troth::services
