#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troth::evidence::psa {

inline constexpr std::size_t max_token = std::size_t{64} * 1024;
inline constexpr std::size_t max_components = 64;

/// The profiles that are known: of Trusted Firmware-M as cmc reads it, and of RFC 9783.
inline constexpr std::string_view profile_iot_1 = "PSA_IOT_PROFILE_1";
inline constexpr std::string_view profile_2023 = "tag:psacertified.org,2023:psa#tfm";

/// Whether a lifecycle is `secured`: nothing of the root of trust can be debugged.
/// @see RFC 9783, 4.3.1
constexpr bool is_secured(std::uint64_t lifecycle) noexcept {
  return lifecycle >= 0x3000 && lifecycle <= 0x30ff;
}

/// Software that the root of trust measured before it ran.
/// @see RFC 9783, 4.4.1
struct software_component {
  std::string type;      ///< What it is, e.g. `SPE`; may be empty.
  bytes measurement;     ///< 32, 48 or 64 bytes: SHA-256, SHA-384, SHA-512.
  std::string version;   ///< May be empty.
  bytes signer_id;       ///< Of who signed it: the hash of a key.
  std::string algorithm; ///< As the device calls it; may be empty. The size tells.
};

/// What a PSA root of trust says of its device. Parsed, not yet authenticated.
struct token {
  std::string profile;          ///< Empty: none is named, which means `profile_iot_1`.
  std::int64_t client_id = 0;   ///< Who asked: negative in the non-secure world.
  std::uint64_t lifecycle = 0;  ///< 16 bits; see `is_secured`.
  bytes implementation_id;      ///< 32 bytes: which root of trust it is.
  bytes boot_seed;              ///< 8 to 32 bytes; empty: none.
  std::string certification;    ///< Of the hardware; may be empty.
  bool has_no_software = false; ///< It says that nothing was measured.
  std::vector<software_component> software;
  bytes nonce;                      ///< 32, 48 or 64 bytes.
  bytes instance_id;                ///< 33 bytes: 0x01, and the hash of the attestation key.
  std::string verification_service; ///< A hint from the device, which nobody follows.
};

/// Parses the claims of a token, which a COSE_Sign1 message carries: CBOR with definite lengths,
/// by the numbers of `profile_iot_1` or those of `profile_2023`, not both. Claims that are not
/// known are passed over.
///
/// @returns the token; `unsupported` for another profile; `missing` without one of client id,
///          lifecycle, implementation id, nonce and instance id; `malformed` for a claim of another
///          form or size, or that stands twice; `too_large` above 64 KiB or 64 components;
///          `truncated`, `trailing`.
/// @see RFC 9783, 4; draft-tschofenig-rats-psa-token-07, 3
result<token> parse_token(byte_view claims);

/// Writes what `parse_token` reads, canonical, by the numbers of its profile.
bytes write_token(const token& from);

} // namespace troth::evidence::psa
