#include "shared/wire/requests.hpp"

#include "shared/base/base64.hpp"
#include "shared/base/time.hpp"
#include "shared/codec/json_writer.hpp"
#include "shared/wire/members.hpp"

#include <algorithm>
#include <utility>

namespace troth::wire {

namespace {

constexpr std::size_t min_nonce_bytes = 8;
constexpr std::size_t max_nonce_bytes = 64;
constexpr std::size_t max_name_bytes = 128; // of a challenge, a policy, an encoding, a time
constexpr std::size_t max_roots_bytes = std::size_t{256} * 1024;

/// JSON begins with a brace, maybe after white space; CBOR that does is no map.
std::string_view media_type_of_report(const protocol::blob& report) {
  const auto first = report.find_first_not_of(" \t\r\n");
  return first != protocol::blob::npos && report[first] == '{' ? json_media_type : cbor_media_type;
}

protocol::payload take_report(members& in, std::size_t max_report_bytes) {
  constexpr std::string_view name = "report";
  in.require(in.has(name), errc::missing, name, "is absent");
  protocol::payload out;
  if (in.is_object(name)) {
    out.body = in.object(name, max_report_bytes);
    out.media_type = json_media_type;
  } else {
    out.body = protocol::to_blob(in.decoded(name, 1, max_report_bytes));
    out.media_type = media_type_of_report(out.body);
  }
  out.size_bytes = out.body.size();
  return out;
}

std::string take_time(members& in) {
  auto out = in.text("time", max_name_bytes);
  in.require(out.empty() || parse_time(out).has_value(), errc::malformed, "time",
             "expected an RFC 3339 timestamp");
  return out;
}

/// Takes a policy to be tried: as it is, or as `NAME@VERSION`.
policy_trial take_policy(members& in) {
  policy_trial out;
  in.require(in.has("policy"), errc::missing, "policy", "is absent");
  if (in.is_object("policy")) {
    out.request.policy_document = in.object("policy", max_policy_bytes);
    return out;
  }
  const auto id = in.text("policy", 2 * max_name_bytes + 1);
  const auto sign = std::min(id.find('@'), id.size());
  in.require(sign > 0 && sign + 1 < id.size(), errc::malformed, "policy",
             "expected a policy, or NAME@VERSION");
  out.name = id.substr(0, sign);
  out.version = id.substr(std::min(sign + 1, id.size()));
  return out;
}

} // namespace

result<void> check_challenge_request(std::string_view body) {
  if (body.empty())
    return {};
  auto in = members::parse(body, "challenge");
  if (!in)
    return in.error();
  const auto done = (*std::move(in)).finish(true);
  return done ? result<void>{} : done.error();
}

std::string write_challenge(const protocol::challenge& from) {
  codec::json_writer out;
  out.begin_object();
  out.name("id");
  out.text(from.id);
  out.name("nonce");
  out.text(base64(protocol::to_bytes(from.nonce)));
  out.name("expires");
  out.text(from.expires);
  out.end_object();
  return out.take();
}

result<attestation> read_attestation(std::string_view body) {
  auto parsed = members::parse(body, "attestation");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  attestation read;
  auto& out = read.request;
  in.require(in.has("nonce"), errc::missing, "nonce", "is absent");
  out.nonce = protocol::to_blob(in.decoded("nonce", min_nonce_bytes, max_nonce_bytes));
  out.encoding = in.text("encoding", max_name_bytes);
  in.require(out.encoding.empty() || out.encoding == "json" || out.encoding == "cbor",
             errc::unsupported, "encoding", "expected json or cbor");
  read.peer = in.text("peer", max_name_bytes);
  return in.finish(std::move(read));
}

result<protocol::appraisal_request> read_appraisal(std::string_view body,
                                                   std::size_t max_report_bytes) {
  auto parsed = members::parse(body, "appraisal");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  protocol::appraisal_request out;
  const auto answers = int{in.has("challengeId")} + int{in.has("nonce")};
  in.require(answers > 0, errc::missing, "challengeId", "expected this or nonce");
  in.require(answers < 2, errc::malformed, "challengeId", "expected this or nonce, not both");
  out.report = take_report(in, max_report_bytes);
  out.challenge_id = in.text("challengeId", max_name_bytes);
  out.nonce = protocol::to_blob(in.decoded("nonce", min_nonce_bytes, max_nonce_bytes));
  out.policy = in.text("policy", max_name_bytes);
  out.roots = in.text("roots", max_roots_bytes);
  out.time = take_time(in);
  out.peer = in.text("peer", max_name_bytes);
  return in.finish(std::move(out));
}

result<std::string> read_log_level(std::string_view body) {
  auto parsed = members::parse(body, "log");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  in.require(in.has("level"), errc::missing, "level", "is absent");
  auto level = in.text("level", max_name_bytes);
  in.require(level == "debug" || level == "info" || level == "warning" || level == "error",
             errc::unsupported, "level", "expected debug, info, warning or error");
  return in.finish(std::move(level));
}

result<bool> read_activation(std::string_view body) {
  if (body.empty())
    return false;
  auto parsed = members::parse(body, "activation");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  const auto is_default = in.flag("default");
  return in.finish(is_default);
}

result<policy_trial> read_policy_trial(std::string_view body, std::size_t max_report_bytes) {
  auto parsed = members::parse(body, "trial");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  in.require(in.has("nonce"), errc::missing, "nonce", "is absent");
  auto out = take_policy(in);
  out.request.report = take_report(in, max_report_bytes);
  out.request.nonce = protocol::to_blob(in.decoded("nonce", min_nonce_bytes, max_nonce_bytes));
  return in.finish(std::move(out));
}

result<policy_trial> read_kept_trial(std::string_view body) {
  auto parsed = members::parse(body, "trial");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  auto out = take_policy(in);
  out.request.time = take_time(in);
  return in.finish(std::move(out));
}

} // namespace troth::wire
