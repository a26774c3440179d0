#pragma once

#include "shared/base/result.hpp"
#include "shared/codec/free_object.hpp"
#include "shared/report/component.hpp"

namespace troth::appraisal {

/// Whether a reference value is of a container: it has the configuration, and its SHA-256 is the
/// file system's.
bool is_container(const report::component& reference);

/// Checks that a measured container is the one of a reference value: the same file system, and a
/// configuration that is the reference's or differs as the rules allow. The event's own hashes
/// must give its digest, and its configuration its hash, before either is believed.
///
/// @pre `is_container(reference)`
/// @param rules of the manifest's description; null: none.
/// @returns `conflict` for another container; `bad_signature` for an event whose digest or
///          configuration is not what was hashed; as `check_configuration`.
result<void> match_container(const report::component& reference, const codec::free_object* rules,
                             const report::component& event);

} // namespace troth::appraisal
