#include "services/gateway/appraisal_api.hpp"

#include "services/gateway/appraisal_batch.hpp"
#include "services/gateway/kept_appraisal.hpp"
#include "shared/report/faces.hpp"
#include "shared/wire/requests.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::services {

namespace {

const std::string json_type{wire::json_media_type};

constexpr std::size_t max_key_bytes = 128;

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

void appraise(const api_parts& with, const http::request& asked, http::responder respond) {
  const auto& key = asked.idempotency_key;
  if (key.size() > max_key_bytes || !is_printable(key))
    return respond(http::error_response(
      {errc::malformed, "Idempotency-Key: expected 1 to 128 printable characters"}, asked.id));
  auto request = wire::read_appraisal(asked.body, with.to->max_report_bytes());
  if (!request)
    return respond(http::error_response(request.error(), asked.id));
  auto message = *std::move(request);
  message.accept = asked.produces;
  if (!key.empty() || prefers_later(asked.prefer))
    return appraise_and_keep(with, asked, std::move(message), std::move(respond));
  with.to->appraise(origin_of(asked), std::move(message),
                    respond_with_result(std::move(respond), asked.id));
}

} // namespace

std::vector<http::route> appraisal_routes(const api_parts& with) {
  auto one = make_route("POST", "/v1/appraisals", action::appraise, with, appraise);
  one.consumes = {json_type};
  for (const auto& face : report::face_types)
    one.produces.emplace_back(face.media_type);
  one.max_body_bytes = wire::max_appraisal_bytes(with.to->max_report_bytes());
  auto many = make_route("POST", "/v1/appraisals/batch", action::appraise, with, appraise_batch);
  many.consumes = {json_type, std::string{ndjson_media_type}};
  many.produces = many.consumes;
  many.max_body_bytes = one.max_body_bytes;
  auto kept = make_route("GET", "/v1/appraisals/{id}", action::appraise, with, find_kept);
  return {std::move(one), std::move(many), std::move(kept)};
}

} // namespace troth::services
