#pragma once

#include "services/gateway/api_route.hpp"

#include <string_view>

// Appraisals whose outcome is kept: for a client that asks for it later, and for one that asks the
// same again because it did not hear the answer.

namespace troth::services {

/// Returns whether a Prefer header has `respond-async`.
bool prefers_later(std::string_view prefer);

/// Has a report appraised and the outcome kept, under the client's key or a new id. Answers 202 at
/// once to who prefers that; else when it is there.
/// @returns besides what an appraisal does: `conflict` for a key that was used for something else,
///          or whose request is under way; `exhausted` if too much is.
void appraise_and_keep(const api_parts& with, const http::request& asked,
                       protocol::appraisal_request message, http::responder respond);

/// Answers with a kept outcome, or 202 while there is none. Only who asked finds it.
void find_kept(const api_parts& with, const http::request& asked, http::responder respond);

} // namespace troth::services
