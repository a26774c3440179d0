#pragma once

#include "shared/base/result.hpp"
#include "shared/codec/free_object.hpp"

namespace troth::appraisal {

/// Checks that a container's configuration is the reference one, as far as rules do not let it
/// differ: cmc's OCI rules.
///
/// Rules mirror the configuration: a member's rule is a text, or an object or array of the rules
/// for what is in it. A member without a rule must be as in the reference.
///
/// | rule | a member that differs may |
/// |---|---|
/// | `mandatory` | not |
/// | `optional` | be absent |
/// | `modifiable` | be anything |
/// | `subset` | be an array of some of the reference's items |
/// | `additional`, `additional:VALUE` | be there though the reference has none, with that value |
/// | `replace:K=*,...;additional:K=VALUE,K=*` | for texts `K=...`: have another value; be more |
///
/// @param rules null or empty: everything must be the same.
/// @returns `conflict` with the place of the first difference; `malformed` for a rule that is none,
///          which lets nothing differ.
result<void> check_configuration(const codec::free_object& reference,
                                 const codec::free_object& measured,
                                 const codec::free_object* rules);

} // namespace troth::appraisal
