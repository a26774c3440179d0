#include "shared/wire/status_codes.hpp"

namespace troth::wire {

namespace {

constexpr int invalid_argument = 3;
constexpr int deadline_exceeded = 4;
constexpr int not_found = 5;
constexpr int permission_denied = 7;
constexpr int resource_exhausted = 8;
constexpr int failed_precondition = 9;
constexpr int aborted = 10;
constexpr int internal = 13;
constexpr int unavailable = 14;
constexpr int unauthenticated = 16;

constexpr std::uint8_t coap(unsigned group, unsigned detail) {
  return static_cast<std::uint8_t>(group << 5U | detail);
}

} // namespace

int grpc_status(errc code) noexcept {
  switch (code) {
  case errc::truncated:
  case errc::trailing:
  case errc::malformed:
  case errc::unsupported:
  case errc::missing:
  case errc::unknown_key:
  case errc::bad_signature:
  case errc::untrusted:
  case errc::expired:
  case errc::weak:
    return invalid_argument;
  case errc::unauthenticated:
    return unauthenticated;
  case errc::forbidden:
    return permission_denied;
  case errc::not_found:
    return not_found;
  case errc::no_challenge:
    return failed_precondition;
  case errc::conflict:
    return aborted;
  case errc::too_large:
  case errc::exhausted:
    return resource_exhausted;
  case errc::unavailable:
    return unavailable;
  case errc::timeout:
    return deadline_exceeded;
  case errc::io:
  case errc::no_endorsement:
  case errc::internal:
    return internal;
  }
  return internal;
}

std::uint8_t coap_code(errc code) noexcept {
  switch (code) {
  case errc::truncated:
  case errc::trailing:
  case errc::malformed:
  case errc::unsupported:
  case errc::missing:
  case errc::unknown_key:
    return coap(4, 0);
  case errc::unauthenticated:
    return coap(4, 1);
  case errc::forbidden:
    return coap(4, 3);
  case errc::not_found:
    return coap(4, 4);
  case errc::no_challenge:
  case errc::conflict:
    return coap(4, 9);
  case errc::too_large:
    return coap(4, 13);
  case errc::bad_signature:
  case errc::untrusted:
  case errc::expired:
  case errc::weak:
    return coap(4, 22);
  case errc::exhausted:
    return coap(4, 29);
  case errc::unavailable:
    return coap(5, 3);
  case errc::timeout:
    return coap(5, 4);
  case errc::io:
  case errc::no_endorsement:
  case errc::internal:
    return coap(5, 0);
  }
  return coap(5, 0);
}

} // namespace troth::wire
