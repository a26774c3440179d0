#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/crypto/signing_request.hpp"
#include "shared/protocol/messages.hpp"

#include <cstddef>
#include <string>

namespace troth::actors {

/// Where the private half of a TLS key is.
namespace tls_key_kind {
inline constexpr const char* tpm = "tpm";
inline constexpr const char* sw = "sw";
} // namespace tls_key_kind

/// What a TLS key is to be, checked.
struct tls_key_wish {
  std::string kind; ///< One of `tls_key_kind`.
  std::string algorithm;
  crypto::key_kind of; ///< The same.
  crypto::request_content names;
  std::string owner; ///< Who alone may sign with it.
};

inline constexpr std::size_t max_tls_key_names = 16; ///< Of DNS, and as many addresses.
inline constexpr std::size_t max_tls_key_owner = 256;

/// Checks what a TLS key is to be.
/// @returns `missing` for one without kind, algorithm or any name; `unsupported` for another kind
/// or
///          algorithm; `malformed` for a common name that is not up to 64 printable characters of
///          ASCII, and for a name, address or owner that is none; `too_large` for more names than
///          that.
result<tls_key_wish> check_tls_key_wish(std::string kind, std::string algorithm,
                                        crypto::request_content names, std::string owner);

/// Reads what `create` asks for. @returns as `check_tls_key_wish`.
result<tls_key_wish> read_tls_key_wish(const protocol::tls_key_request& request);

} // namespace troth::actors
