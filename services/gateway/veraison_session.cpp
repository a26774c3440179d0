#include "services/gateway/veraison_session.hpp"

#include "shared/base/base64.hpp"
#include "shared/report/envelope.hpp"
#include "shared/wire/members.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace troth::services::veraison {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t least_nonce_bytes = 8;
constexpr std::size_t most_nonce_bytes = 64;
constexpr std::size_t max_time_bytes = 64;
constexpr std::size_t max_id_bytes = 128;

error bad_size(std::string_view name) {
  return {errc::malformed, std::string{name} + ": expected 8 to 64 bytes"};
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_size(std::size_t of) {
  return of >= least_nonce_bytes && of <= most_nonce_bytes;
}

/// Takes the padding off, with which some clients write, as it is or escaped.
std::string_view without_padding(std::string_view text) {
  for (const std::string_view padding : {"=", "%3D", "%3d"})
    while (text.ends_with(padding))
      text.remove_suffix(padding.size());
  return text;
}

} // namespace

result<nonce_wish> parse_nonce_wish(std::string_view query) {
  nonce_wish out;
  if (query.empty())
    return out;
  if (query.find('&') != std::string_view::npos)
    return error{errc::conflict, "query: one of nonce and nonceSize"};
  const auto equals = std::min(query.find('='), query.size());
  const auto name = query.substr(0, equals);
  const auto value = query.substr(std::min(equals + 1, query.size()));
  if (name == "nonceSize") {
    const auto* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, out.size_bytes);
    if (read.ec != std::errc{} || read.ptr != end || !is_size(out.size_bytes))
      return bad_size(name);
    return out;
  }
  if (name != "nonce")
    return error{errc::unknown_key, "query: " + std::string{name}};
  auto nonce = from_base64url(without_padding(value));
  if (!nonce || !is_size(nonce->size()))
    return bad_size(name);
  out.size_bytes = nonce->size();
  out.nonce = *std::move(nonce);
  return out;
}

std::string write_kept(const session& from) {
  ordered_json out{{"nonce", base64(from.nonce)}, {"expires", from.expires}};
  if (!from.challenge_id.empty())
    out["challengeId"] = from.challenge_id;
  return out.dump();
}

result<session> parse_kept(std::string_view text) {
  auto parsed = wire::members::parse(text, "session");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  session out;
  out.nonce = in.decoded("nonce", least_nonce_bytes, most_nonce_bytes);
  in.require(!out.nonce.empty(), errc::missing, "nonce", "of a session");
  out.expires = in.text("expires", max_time_bytes);
  in.require(!out.expires.empty(), errc::missing, "expires", "of a session");
  out.challenge_id = in.text("challengeId", max_id_bytes);
  return in.finish(std::move(out));
}

std::string write_session(const session& from, std::string_view state, std::string_view result) {
  ordered_json out;
  out["nonce"] = base64url(from.nonce);
  out["expiry"] = from.expires;
  out["accept"] = evidence_types();
  out["status"] = state;
  if (is_token(result)) // a token is ASCII: anything else is none
    out["result"] = result;
  return out.dump();
}

const std::vector<std::string>& evidence_types() {
  static const std::vector<std::string> all{
    std::string{report::report_json_media_type},
    std::string{report::report_cbor_media_type},
    "application/cmw+json",
    "application/cmw+cbor",
    "application/vnd.veraison.cmw+json",
    "application/vnd.veraison.cmw+cbor",
  };
  return all;
}

result<std::string> write_discovery(std::string_view key_set, std::string_view version) {
  const auto keys = ordered_json::parse(key_set, nullptr, false);
  if (!keys.is_object() || !keys.contains("keys") || !keys["keys"].is_array())
    return error{errc::malformed, "keys"};
  if (keys["keys"].empty())
    return error{errc::not_found, "keys"};
  ordered_json out;
  out["ear-verification-key"] = keys["keys"][0];
  out["media-types"] = evidence_types();
  out["version"] = version;
  out["service-state"] = "READY";
  out["api-endpoints"]["newChallengeResponseSession"] = "/challenge-response/v1/newSession";
  return out.dump();
}

} // namespace troth::services::veraison
