#include "tools/testtool/ocsf.hpp"

#include "shared/base/hex.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace troth::testtool {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t uuid_bytes = 16;

/// OCSF's number and name of a hash algorithm.
struct algorithm {
  std::size_t hex_digits;
  int id;
  const char* name;
};

constexpr std::array algorithms{algorithm{40, 2, "SHA-1"}, algorithm{64, 3, "SHA-256"},
                                algorithm{96, 9, "SHA-384"}, algorithm{128, 4, "SHA-512"}};

/// @see RFC 9562, 5.4
std::string random_uuid(const std::function<bytes(std::size_t)>& random) {
  auto raw = random(uuid_bytes);
  raw[6] = static_cast<std::uint8_t>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<std::uint8_t>((raw[8] & 0x3f) | 0x80);
  auto out = hex(raw);
  for (const std::size_t at : {20U, 16U, 12U, 8U})
    out.insert(at, 1, '-');
  return out;
}

std::int64_t milliseconds_of(time_point when) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

/// Describes what was measured, where a finding is about a digest.
std::optional<ordered_json> evidence_of(const finding_view& from) {
  if (!from_hex(from.got))
    return std::nullopt;
  for (const auto& each : algorithms)
    if (from.got.size() == each.hex_digits)
      return ordered_json{
        {"file",
         {{"name", from.subject.empty() ? "?" : from.subject},
          {"type_id", 0},
          {"hashes",
           {{{"algorithm_id", each.id}, {"algorithm", each.name}, {"value", from.got}}}}}}};
  return std::nullopt;
}

/// What all events of one result have.
ordered_json event_of(const result_view& from, time_point now, const std::string& title,
                      const std::string& uid) {
  const auto created = parse_time(from.created);
  return {
    {"activity_id", 1}, // create
    {"category_uid", 2},
    {"class_uid", 2004},
    {"type_uid", 200401},
    {"time", milliseconds_of(created ? *created : now)},
    {"severity_id", from.says == verdict::warn ? 3 : 4}, // medium, high
    {"confidence_id", 3},
    {"status_id", 1}, // new
    {"action_id", 3}, // observed
    {"disposition_id", 19},
    {"is_alert", true},
    {"message", "attestation of " + from.prover + ": " + std::string{name(from.says)}},
    {"finding_info", {{"uid", uid}, {"title", title}}},
    {"device", {{"type_id", 0}, {"hostname", from.prover}}},
    {"metadata",
     {{"version", "1.8.0"},
      {"profiles", {"security_control"}},
      {"product", {{"name", "Troth"}, {"vendor_name", "Troth"}, {"version", TROTH_VERSION}}}}}};
}

std::string text_of(const ordered_json& event) {
  return event.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string finding_event(const result_view& from, const finding_view& about, time_point now,
                          const std::string& uid) {
  auto event = event_of(from, now, about.rule + (about.subject.empty() ? "" : ": " + about.subject),
                        uid);
  event["finding_info"]["desc"] = "got " + about.got + ", expected " + about.expected;
  if (auto evidence = evidence_of(about))
    event["evidences"] = ordered_json::array({*std::move(evidence)});
  event["unmapped"] = {{"rule", about.rule},       {"code", about.code},
                       {"got", about.got},         {"expected", about.expected},
                       {"clause", about.clause},   {"policy", from.policy},
                       {"verifier", from.verifier}};
  return text_of(event);
}

} // namespace

std::vector<std::string> detection_findings(const result_view& from, time_point now,
                                            const std::function<bytes(std::size_t)>& random) {
  std::vector<std::string> out;
  if (from.says == verdict::success)
    return out;
  for (const auto& each : from.findings)
    if (each.outcome == "fail" || each.outcome == "warn")
      out.push_back(finding_event(from, each, now, random_uuid(random)));
  if (out.empty())
    out.push_back(text_of(
      event_of(from, now, "attestation: " + std::string{name(from.says)}, random_uuid(random))));
  return out;
}

} // namespace troth::testtool
