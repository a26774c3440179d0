#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troth::endorsement::intel {

inline constexpr std::size_t max_statement_bytes = std::size_t{1024} * 1024;

/// A JSON value with Intel's signature beside it: `{"NAME":VALUE,"signature":"HEX"}`.
struct signed_statement {
  std::string body; ///< The value's bytes as they stand: what is signed. Never printed anew.
  bytes signature;  ///< r and s, 32 bytes each.
};

/// Splits a statement of that name.
///
/// @param name `tcbInfo` or `enclaveIdentity`.
/// @returns the parts; `malformed` for what is no strict JSON, has another member, one twice or
///          none, or a signature that is not 128 hex digits; `too_large` above 1 MiB.
/// @see Intel PCS API v4, Get TCB Info
result<signed_statement> parse_signed_statement(std::string_view text, std::string_view name);

/// The common name of the certificate that Intel's TCB signing key has.
inline constexpr std::string_view tcb_signing_name = "Intel SGX TCB Signing";

/// Checks that Intel's TCB signing key made that statement.
/// @returns `bad_signature`; `untrusted` if the certificate is not named as Intel's is.
/// @note Not checked: the certificate's chain. See `verify_signing_chain`.
result<void> verify_statement(const signed_statement& statement,
                              const crypto::certificate& signing);

/// What every statement says of itself.
struct statement_head {
  std::string id; ///< `SGX`, `TDX`, `QE`, `TD_QE`; of TCB info of version 2, which has none: `SGX`.
  std::uint64_t version = 0;
  time_point issue_date;
  time_point next_update;
  std::uint64_t evaluation_number = 0; ///< tcbEvaluationDataNumber: newer data count higher.

  /// Returns whether `at` is from the issue date on, and before the next update.
  bool is_current(time_point at) const noexcept { return issue_date <= at && at < next_update; }

  friend bool operator==(const statement_head&, const statement_head&) = default;
};

} // namespace troth::endorsement::intel
