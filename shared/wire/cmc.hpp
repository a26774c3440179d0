#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/free_object.hpp"
#include "shared/report/component.hpp"
#include "shared/report/report.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The API of the reference, cmc: version 1.4.0, in JSON and CBOR. CoAP and the socket carry it as
// it is here; gRPC carries the same members as protobuf.

namespace troth::wire::cmc {

inline constexpr std::string_view api_version = "1.4.0";

/// What can be asked; the number is the type of a socket's frame.
enum class operation : std::uint8_t {
  attest = 1,
  verify,
  tls_create,
  tls_sign,
  tls_cert,
  peer_cache,
  measure,
  update_certs,
  update_metadata,
};

/// The type of a frame with an `error_message`.
inline constexpr std::uint32_t error_frame = 0;

/// An operation as the doors name it.
struct operation_entry {
  operation is;
  std::string_view name; ///< `Attest`: a CoAP path, a gRPC method.
};

/// Returns all of them, in the order of their numbers.
std::span<const operation_entry> operations() noexcept;

std::string_view name(operation which) noexcept;

/// @returns nothing for a frame that is no request.
std::optional<operation> operation_of(std::uint32_t frame_type) noexcept;

/// @returns nothing if there is no such name; letters have one case.
std::optional<operation> operation_of(std::string_view name) noexcept;

// The version that a message carries is written, and passed over when read, as the reference does.

struct attestation_request {
  bytes nonce;
  std::vector<std::string> cached; ///< Hex digests of metadata that the asker has.
};

struct attestation_response {
  bytes report;
};

struct verification_request {
  bytes nonce;
  bytes report;
  std::string peer;         ///< Whose metadata may be cached; empty: nobody's.
  std::string peer_address; ///< For the result.
  bytes policies;           ///< Source of user policies; empty: the verifier's own.
};

/// The result is of the encoding of the message, and part of it.
struct verification_response {
  bytes result;
};

/// A TLS key that is to be made.
struct tls_key_configuration {
  std::string kind; ///< `tpm`, `sw`, `snp`.
  std::string algorithm;
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
};

struct tls_create_request {
  tls_key_configuration key;
};

struct tls_create_response {
  std::string key_id;
};

struct tls_sign_request {
  std::string key_id;
  bytes content;    ///< A digest.
  std::string hash; ///< Its function: `SHA-256` and the like.
};

struct tls_sign_response {
  bytes signature;
};

struct tls_cert_request {
  std::string key_id;
};

struct tls_cert_response {
  std::vector<bytes> certificates; ///< PEM each, the leaf first.
};

struct peer_cache_request {
  std::string peer;
};

struct peer_cache_response {
  std::vector<std::string> cache; ///< Hex digests.
};

/// A container that is about to be started.
struct measure_request {
  report::component event;
};

struct measure_response {
  bool success = false;
};

struct update_request {};

struct update_response {
  bool success = false;
};

/// Why there is no response; of sockets only.
struct error_message {
  std::string text; ///< Begins with the stable code: `no_challenge: ...`.
};

/// Returns the encoding of a request, by its first byte: responses are of the same.
/// @returns `truncated` for an empty one, `malformed` if it is neither.
result<report::encoding> encoding_of(byte_view body);

/// Reads one message. Members that are not of this version are passed over.
/// @returns `missing`, `malformed`, `truncated`, `trailing`; `too_large` for what is over its
///          limit. The place begins with the message's name, e.g. `Attest.nonce`.
/// @note Instantiated for all messages above.
template <class Message>
result<Message> read(byte_view body, report::encoding as);

/// Writes one message.
template <class Message>
bytes write(const Message& from, report::encoding as);

// What `read` demands of a request that came as protobuf, which has no absent members: `missing`
// for what is empty and must not be, `too_large`.
result<void> check(const attestation_request& asked);
result<void> check(const verification_request& asked);
result<void> check(const tls_create_request& asked);
result<void> check(const tls_sign_request& asked);
result<void> check(const tls_cert_request& asked);

/// Reads a container's configuration as protobuf carries it: bytes of JSON.
/// @returns `malformed` for what is no JSON object; `too_large`.
result<codec::free_object> read_configuration(byte_view json);

} // namespace troth::wire::cmc
