#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/codec/cbor_reader.hpp"

#include <optional>
#include <string>

// What a CoRIM says of its time, inside and in the header of its signature.

namespace troth::endorsement {

/// From when to when something counts; an end that is not there is open.
struct corim_validity {
  std::optional<time_point> not_before;
  std::optional<time_point> not_after;

  bool holds_at(time_point now) const;

  /// Ends it where `other` does, too.
  void narrow(const corim_validity& other);
};

/// Takes a validity-map, which needs its end. Fails `in` with `unsupported` for another member,
/// `missing`, `malformed`.
corim_validity read_corim_validity(codec::cbor_reader& in);

/// What the protected header of a signed CoRIM says of its signature.
struct corim_meta {
  std::string signer; ///< As it calls itself: only its certificate says who it is. May be empty.
  corim_validity valid;
};

/// Reads `corim-meta` (8) and the CWT claims (15) of a protected header; either may be absent, and
/// where both limit the time both hold. Other headers are passed over.
/// @returns `unsupported` for a member that is not known, a hash envelope (258), and times that
///          are no whole seconds; `missing` without the signer's name; `malformed`; `truncated`,
///          `trailing`.
/// @see draft-ietf-rats-corim-09, section 4.2; RFC 9597 (CWT claims in headers)
result<corim_meta> parse_corim_meta(byte_view protected_header);

} // namespace troth::endorsement
