#include "shared/report/omsp.hpp"

#include "shared/report/encoding.hpp"
#include "shared/report/metadata_fields.hpp"

namespace troth::report {

namespace {

constexpr std::string_view request_format = "status request";

} // namespace

void describe(auto& fields, codec::of<status_request> auto& x) {
  fields.required({"arVersion", 0}, x.version);
  fields.required({"requests", 1}, codec::up_to(max_statuses, x.manifest_hashes));
}

result<status_request> parse_status_request(byte_view body) {
  const auto as = encoding_of(body);
  if (!as)
    return error{as.error().code, std::string{request_format} + as.error().where};
  status_request blank;
  blank.encoded_as = *as;
  auto request = parse_as<status_request>(request_format, body, *as, std::move(blank));
  if (request && request->manifest_hashes.empty())
    return error{errc::missing, "status request.requests: none"};
  return request;
}

bytes write_status_request(const status_request& request) {
  return write_as(request, request.encoded_as);
}

std::string_view status_media_type(encoding as) noexcept {
  return as == encoding::json ? "application/json" : "application/cbor";
}

} // namespace troth::report
