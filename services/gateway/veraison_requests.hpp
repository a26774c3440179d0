#pragma once

#include "services/gateway/api_route.hpp"

// What is asked of a session of Veraison's challenge-response API. Each answers with the session,
// or `not_found` to who has not opened it.

namespace troth::services {

/// Opens one, as its query wishes.
/// @returns besides what a challenge does: as `veraison::parse_nonce_wish`.
void open_session(const api_parts& with, const http::request& asked, http::responder respond);

void show_session(const api_parts& with, const http::request& asked, http::responder respond);

/// Has its evidence appraised: once, and answered alike if it comes again.
/// @returns besides what an appraisal does: `missing` for none; `conflict` for another.
void submit_evidence(const api_parts& with, const http::request& asked, http::responder respond);

/// Forgets it; answers with nothing.
void erase_session(const api_parts& with, const http::request& asked, http::responder respond);

} // namespace troth::services
