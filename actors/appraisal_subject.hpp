#pragma once

#include "actors/appraiser.hpp"
#include "actors/report_archive.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace troth::actors {

/// Returns what is to be appraised: what came with the request, or was kept of an earlier one.
/// @param nonce that the report must answer; of a kept one nothing.
/// @returns `malformed` for a time that is none; `internal` for a kept report that was not written
///          by `write_kept_report`.
result<kept_report> subject_of(const protocol::appraisal_request& request, byte_view nonce,
                               const appraiser_ports& ports);

} // namespace troth::actors
