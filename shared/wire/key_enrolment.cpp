#include "shared/wire/key_enrolment.hpp"

#include "shared/base/base64.hpp"
#include "shared/wire/multipart.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace troth::wire {

namespace {

constexpr std::size_t parts_of_file_key = 2;
constexpr std::size_t parts_of_tpm_key = 7;
constexpr std::size_t max_small_parts_bytes = std::size_t{64} * 1024;

/// Returns the payload of a report, whose first byte says how it is encoded.
protocol::payload report_payload(const bytes& report) {
  const auto is_json = !report.empty() && report.front() == '{';
  return {is_json ? "application/json" : "application/cbor",
          protocol::to_blob(report),
          {},
          report.size()};
}

result<void> check_enrolment_parts(const std::vector<body_part>& parts, std::size_t expected) {
  if (parts.size() != expected)
    return error{errc::malformed, "enrolment: " + std::to_string(parts.size()) + " parts, expected "
                                    + std::to_string(expected)};
  for (std::size_t at = 0; at < parts.size(); ++at) {
    const auto* type = at == 0 ? "application/pkcs10" : "application/octet-stream";
    if (parts[at].media_type != type)
      return error{errc::malformed,
                   "enrolment: part " + std::to_string(at + 1) + ", expected " + type};
  }
  return {};
}

} // namespace

result<std::string> read_challenge_query(std::string_view query) {
  constexpr std::string_view name = "challenge=";
  constexpr std::size_t digits = 32;
  if (query.empty())
    return error{errc::missing, "query: challenge"};
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const auto id = query.substr(std::min(query.size(), name.size()));
  if (!query.starts_with(name) || id.size() != digits || !std::ranges::all_of(id, is_digit))
    return error{errc::malformed, "query: expected challenge=ID"};
  return std::string{id};
}

result<protocol::key_enrol_request> read_key_enrolment(key_place place, std::string challenge_id,
                                                       std::string_view content_type,
                                                       std::string_view body) {
  const auto is_in_tpm = place == key_place::in_tpm;
  const auto expected = is_in_tpm ? parts_of_tpm_key : parts_of_file_key;
  const auto parts = parse_multipart(content_type, body, expected);
  if (!parts)
    return parts.error();
  if (const auto good = check_enrolment_parts(*parts, expected); !good)
    return good.error();
  protocol::key_enrol_request out;
  out.challenge_id = std::move(challenge_id);
  out.csr = protocol::to_blob(parts->front().content);
  out.report = report_payload(parts->back().content);
  if (!is_in_tpm)
    return out;
  out.public_area = protocol::to_blob((*parts)[1].content);
  out.of = {protocol::to_blob((*parts)[3].content), protocol::to_blob((*parts)[4].content)};
  if (out.public_area.empty())
    return error{errc::malformed, "enrolment: no public area"};
  return out;
}

std::size_t max_key_enrolment_bytes(std::size_t max_report_bytes) noexcept {
  return max_report_bytes / 2 * 3 + max_small_parts_bytes; // base64, and its lines
}

std::string write_base64_lines(byte_view content) {
  constexpr std::size_t columns = 76;
  const auto dense = base64(content);
  std::string out;
  for (std::size_t at = 0; at < dense.size(); at += columns)
    out += dense.substr(at, columns) + "\r\n";
  return out;
}

} // namespace troth::wire
