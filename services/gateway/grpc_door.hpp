#pragma once

#include "services/gateway/door.hpp"
#include "services/http/listener.hpp"
#include "shared/base/result.hpp"
#include "shared/link/address.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace troth::services {

/// Serves the reference's API over gRPC, in threads of the library's.
///
/// Reports are CBOR and results JSON there, as the reference's are.
class grpc_door {
public:
  using finder = std::function<std::optional<caller>(const credentials&)>;

  /// @returns `io` if the address or a file cannot be used.
  static result<std::unique_ptr<grpc_door>>
  open(const link::address& at, const http::tls_files& tls, finder who, door_parts parts);

  /// Stops at once.
  ~grpc_door();
  grpc_door(const grpc_door&) = delete;
  grpc_door& operator=(const grpc_door&) = delete;

  std::uint16_t port() const noexcept;

  /// Takes no new requests, and gives the others this much time.
  void stop(std::chrono::milliseconds patience);

private:
  class implementation;
  explicit grpc_door(std::unique_ptr<implementation> parts);
  std::unique_ptr<implementation> parts_;
};

} // namespace troth::services
