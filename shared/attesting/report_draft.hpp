#pragma once

#include "shared/attesting/metadata_set.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troth::attesting {

/// What a relying party wants of a report, checked.
struct report_wish {
  bytes nonce;
  report::encoding encoded_as;
  std::vector<std::string> cached; ///< Digests of items it has.
};

/// Checks what is asked for.
/// @param encoding `json` or `cbor`.
/// @returns `malformed` for a nonce that has not 8 to 64 bytes or an unknown encoding;
///          `too_large` for over `max_metadata_items` digests.
result<report_wish> read_wish(bytes nonce, std::string_view encoding,
                              std::vector<std::string> cached);

/// A report of which the evidence is missing: what the evidence is to speak for.
class report_draft {
public:
  /// @param collaterals one or more of each driver, in the order that the report has them.
  report_draft(const report_wish& wish, std::vector<report::collateral> collaterals,
               const metadata_sets& metadata);

  /// Returns the nonce of the evidence: SHA-256 over the encoded context.
  const bytes& evidence_nonce() const noexcept { return nonce_; }

  /// Returns the finished report.
  bytes finish(std::string name, std::vector<report::evidence> evidences) &&;

private:
  report::report report_;
  bytes nonce_;
};

} // namespace troth::attesting
