#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/collateral/question.hpp"
#include "shared/crypto/certificate.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::collateral {

inline constexpr std::size_t max_item_bytes = std::size_t{1024} * 1024;
inline constexpr std::size_t max_bundle_items = 65'536;

/// Something that a vendor said, as it was served.
struct item {
  std::string name;
  bytes body;          ///< JSON as it stands, DER, or PEM: see `item_kind`.
  std::string issuers; ///< PEM of who signed it, then its root; empty: it says itself.
  std::string source;  ///< Who served it, for people.
  time_point fetched;

  // What the body itself says of when it is good.
  time_point from;
  time_point until;

  bool is_current(time_point at) const noexcept { return from <= at && at < until; }
};

/// Checks that an answer is what was asked for, and reads from it how long it is good.
///
/// A list that comes as hex, as a PCCS hands it out, becomes DER.
///
/// @returns `malformed` for something else, or a statement, chip or TCB that is not the one; what
///          the parsers of its kind return.
/// @note Checks no signature: see `check_origin`.
result<void> read_validity(item& of, const question& asked);

/// Takes the certificates of an item apart, each before its issuer: those of `issuers`, or those
/// that it consists of. @returns `malformed`.
result<std::vector<crypto::certificate>> certificates_of(const item& of);

/// Writes items to be kept in a file or carried to another machine: JSON.
std::string write_items(std::span<const item> items);

/// Reads them. What is told of their validity is read from them anew.
/// @returns `unsupported` for another format; `malformed`, `missing`, `too_large`; what
///          `read_validity` returns.
result<std::vector<item>> read_items(std::string_view json);

} // namespace troth::collateral
