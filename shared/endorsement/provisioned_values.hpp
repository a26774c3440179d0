#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/corim.hpp"
#include "shared/report/component.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Reference values that a verifier is given beside those that reports bring in signed manifests.

namespace troth::endorsement {

struct provisioned_value {
  report::component value;
  std::optional<time_point> until; ///< It counts no longer; nothing: for ever.
};

using provisioned_set = std::vector<provisioned_value>;

/// Reads one: a component as a manifest has it, in JSON. It need not occur, whatever it says.
/// @returns `missing` without a trust anchor (`cmc.ta`) or a digest; `unsupported` for a trust
///          anchor of no reference values; `malformed` for a register that it has not; what the
///          parser of components returns.
result<report::component> parse_provisioned_value(std::string_view json);

/// Writes one for `parse_provisioned_value`: the same value always the same way.
std::string write_provisioned_value(const report::component& value);

/// Returns the values of a CoRIM as components.
///
/// Of AMD's profile (`tag:amd.com,2024:snp-corim-profile`) the launch measurement, `mkey` 641, is
/// one. Of any other, the class's model is the trust anchor (`TPM`, `TDX`, `SNP`, `SGX`, `SW`) and
/// `mkey` its register, where it has some.
/// @returns `unsupported` for what is none of that, and for raw values of any other kind.
result<std::vector<report::component>> provisioned_values(const corim& from);

} // namespace troth::endorsement
