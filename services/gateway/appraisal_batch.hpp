#pragma once

#include "services/gateway/api_route.hpp"

#include <string_view>

namespace troth::services {

inline constexpr std::string_view ndjson_media_type = "application/x-ndjson";

/// Has each report of a batch appraised, a few at a time, and answers as the batch came, an array
/// or NDJSON: `{"status", "result"}` or `{"status", "problem"}` for each, in the same order.
void appraise_batch(const api_parts& with, const http::request& asked, http::responder respond);

} // namespace troth::services
