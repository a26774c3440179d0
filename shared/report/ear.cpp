#include "shared/report/ear.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/claims.hpp"
#include "shared/report/trust_value_names.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace troth::report {

namespace {

using nlohmann::json;

constexpr std::size_t max_claims_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_parts = 64;
constexpr std::size_t max_listed = 64; // policies of an appraisal, audiences

/// What a claim is called.
struct claim_name {
  std::string_view ietf;
  std::string_view veraison;
  std::int64_t label;
};

namespace claim {
constexpr claim_name issuer{"iss", "iss", 1};
constexpr claim_name audience{"aud", "aud", 3};
constexpr claim_name expires{"exp", "exp", 4};
constexpr claim_name not_before{"nbf", "nbf", 5};
constexpr claim_name issued_at{"iat", "iat", 6};
constexpr claim_name nonce{"eat_nonce", "eat_nonce", 10};
constexpr claim_name profile{"eat_profile", "eat_profile", 265};
constexpr claim_name parts{"submods", "submods", 266};
constexpr claim_name status{"ear_status", "ear.status", 1000};
constexpr claim_name vector{"ear_trustworthiness_vector", "ear.trustworthiness-vector", 1001};
constexpr claim_name policies{"ear_appraisal_policy_ids", "ear.appraisal-policy-id", 1003};
constexpr claim_name verifier{"ear_verifier_id", "ear.verifier-id", 1004};
constexpr claim_name developer{"developer", "developer", 0};
constexpr claim_name build{"build", "build", 1};
} // namespace claim

/// How the claims of one token are spelled.
struct spelling {
  encoding as;
  ear_dialect dialect;

  std::string of(const claim_name& which) const {
    if (as == encoding::cbor)
      return codec::claim_label(which.label);
    return std::string{dialect == ear_dialect::ietf ? which.ietf : which.veraison};
  }

  std::string of(trust_claim which) const {
    if (as == encoding::cbor)
      return codec::claim_label(static_cast<std::int64_t>(which));
    return std::string{name(which)};
  }
};

/// Reads claims; the first failure sticks.
class claims_reader {
public:
  claims_reader(const json& root, encoding as) : root_(root), spelled_{as, ear_dialect::ietf} {
    // nop
  }

  result<ear_claims> read() {
    ear_claims out;
    out.profile = text(root_, claim::profile, "ear");
    spelled_.dialect = dialect_of(out.profile);
    out.issued_at = time(claim::issued_at).value_or(0);
    require(find(root_, claim::issued_at) != nullptr, errc::missing, "ear.iat");
    out.expires = time(claim::expires);
    out.not_before = time(claim::not_before);
    out.issuer = optional_text(root_, claim::issuer, "ear");
    out.audience = texts(root_, claim::audience, "ear");
    out.nonce = nonce();
    read_verifier(out);
    if (const auto* const status = find(root_, claim::status))
      out.status = tier(*status, "ear.ear_status");
    read_parts(out);
    if (failure_)
      return *std::move(failure_);
    return out;
  }

private:
  void require(bool holds, errc why, std::string_view where) {
    if (!holds && !failure_)
      failure_ = error{why, std::string{where}};
  }

  const json* find(const json& in, const claim_name& which) const {
    const auto at = in.find(spelled_.of(which));
    return at != in.end() ? &*at : nullptr;
  }

  static std::string place(std::string_view in, const claim_name& which) {
    return std::string{in} + '.' + std::string{which.ietf};
  }

  std::string text_of(const json& value, const std::string& where) {
    require(value.is_string(), errc::malformed, where);
    return value.is_string() ? value.get<std::string>() : std::string{};
  }

  std::string optional_text(const json& in, const claim_name& which, std::string_view where) {
    const auto* const value = find(in, which);
    return value != nullptr ? text_of(*value, place(where, which)) : std::string{};
  }

  std::string text(const json& in, const claim_name& which, std::string_view where) {
    auto out = optional_text(in, which, where);
    require(!out.empty(), errc::missing, place(where, which));
    return out;
  }

  /// Reads one text or an array of them.
  std::vector<std::string> texts(const json& in, const claim_name& which, std::string_view where) {
    const auto* const value = find(in, which);
    if (value == nullptr)
      return {};
    if (!value->is_array())
      return {text_of(*value, place(where, which))};
    require(!value->empty(), errc::malformed, place(where, which));
    require(value->size() <= max_listed, errc::too_large, place(where, which));
    std::vector<std::string> out;
    for (const auto& one : *value)
      out.push_back(text_of(one, place(where, which)));
    return out;
  }

  // RFC 9711, section 4: a time in EAT is an integer.
  std::optional<std::int64_t> time(const claim_name& which) {
    const auto* const value = find(root_, which);
    if (value == nullptr)
      return std::nullopt;
    const auto is_time = value->is_number_integer() && *value >= 0
                         && *value <= std::numeric_limits<std::int64_t>::max();
    require(is_time, errc::malformed, place("ear", which));
    return is_time ? value->get<std::int64_t>() : 0;
  }

  // RFC 9711, section 4.1.
  std::string nonce() {
    const auto* const value = find(root_, claim::nonce);
    if (value == nullptr)
      return {};
    if (spelled_.as == encoding::cbor && value->is_binary()) {
      const auto& carried = value->get_binary();
      require(carried.size() >= 8 && carried.size() <= 64, errc::malformed, "ear.eat_nonce");
      return base64url(carried);
    }
    auto out = text_of(*value, "ear.eat_nonce");
    require(out.size() >= 8 && out.size() <= 88, errc::malformed, "ear.eat_nonce");
    return out;
  }

  trust_tier tier(const json& value, const std::string& where) {
    std::optional<trust_tier> out;
    if (value.is_string() && spelled_.as == encoding::json)
      out = tier_named(value.get<std::string>());
    else if (value.is_number_integer())
      out = tier_numbered(value.get<std::int64_t>());
    require(out.has_value(), errc::malformed, where);
    return out.value_or(trust_tier::contraindicated);
  }

  void read_verifier(ear_claims& out) {
    const auto* const verifier = find(root_, claim::verifier);
    require(verifier != nullptr, errc::missing, "ear.ear_verifier_id");
    if (verifier == nullptr)
      return;
    out.developer = text(*verifier, claim::developer, "ear.ear_verifier_id");
    out.build = text(*verifier, claim::build, "ear.ear_verifier_id");
  }

  void read_parts(ear_claims& out) {
    const auto* const parts = find(root_, claim::parts);
    require(parts != nullptr, errc::missing, "ear.submods");
    if (parts == nullptr)
      return;
    require(parts->is_object(), errc::malformed, "ear.submods");
    require(!parts->empty(), errc::missing, "ear.submods");
    require(parts->size() <= max_parts, errc::too_large, "ear.submods");
    if (failure_)
      return;
    for (const auto& [label, value] : parts->items())
      out.parts.emplace(label, part(value, "ear.submods." + label));
    for (const auto& [label, part] : out.parts)
      require(!out.status || is_no_better(*out.status, part.status), errc::conflict,
              "ear.ear_status");
  }

  /// `none` claims nothing, so it is never too good.
  static bool is_no_better(trust_tier sum, trust_tier of) noexcept {
    return sum == trust_tier::none || sum >= of;
  }

  ear_appraisal part(const json& value, const std::string& where) {
    ear_appraisal out;
    const auto* const status = find(value, claim::status);
    require(status != nullptr, errc::missing, where + ".ear_status");
    if (status == nullptr)
      return out;
    out.status = tier(*status, where + ".ear_status");
    if (const auto* const values = find(value, claim::vector))
      out.vector = vector(*values, where + ".ear_trustworthiness_vector");
    out.policy_ids = texts(value, claim::policies, where);
    require(is_no_better(out.status, out.vector.worst()), errc::conflict, where + ".ear_status");
    return out;
  }

  std::optional<std::int8_t> claim_value(trust_claim which, const json& value) const {
    if (value.is_number_integer() && value >= -128 && value <= 127)
      return value.get<std::int8_t>();
    if (value.is_string() && spelled_.as == encoding::json)
      return value_named(which, value.get_ref<const std::string&>());
    return std::nullopt;
  }

  trust_vector vector(const json& value, const std::string& where) {
    trust_vector out;
    require(value.is_object() && !value.empty(), errc::malformed, where);
    if (!value.is_object())
      return out;
    std::size_t known = 0;
    for (std::size_t n = 0; n < trust_claim_count; ++n) {
      const auto which = static_cast<trust_claim>(n);
      const auto at = value.find(spelled_.of(which));
      if (at == value.end())
        continue;
      ++known;
      const auto claimed = claim_value(which, *at);
      require(claimed.has_value(), errc::malformed, where);
      out[which] = claimed.value_or(0);
    }
    // A claim we cannot weigh might be the one that says no.
    require(known == value.size(), errc::malformed, where);
    return out;
  }

  const json& root_;
  spelling spelled_;
  std::optional<error> failure_;
};

json status_of(trust_tier tier, const spelling& spelled) {
  if (spelled.as == encoding::cbor)
    return static_cast<std::int64_t>(tier);
  return name(tier);
}

json write_part(const ear_appraisal& part, const spelling& spelled) {
  json out;
  out[spelled.of(claim::status)] = status_of(part.status, spelled);
  if (!part.vector.is_empty()) {
    auto& vector = out[spelled.of(claim::vector)];
    for (std::size_t n = 0; n < trust_claim_count; ++n)
      if (const auto which = static_cast<trust_claim>(n); part.vector[which] != 0)
        vector[spelled.of(which)] = part.vector[which];
  }
  if (part.policy_ids.empty())
    return out;
  auto& policies = out[spelled.of(claim::policies)];
  if (spelled.dialect == ear_dialect::ietf)
    policies = part.policy_ids;
  else
    policies = part.policy_ids.back(); // it has room for one: the last, which had the last word
  return out;
}

json write_nonce(const std::string& nonce, encoding as) {
  const auto decoded = from_base64url(nonce);
  if (as == encoding::json || !decoded || decoded->size() < 8 || decoded->size() > 64)
    return nonce;
  return json::binary(*decoded);
}

} // namespace

ear_dialect dialect_of(std::string_view profile) noexcept {
  return profile == veraison_profile || profile == trustee_profile ? ear_dialect::veraison2023
                                                                   : ear_dialect::ietf;
}

result<ear_claims> parse_ear_claims(byte_view input, encoding as) {
  if (input.size() > max_claims_bytes)
    return error{errc::too_large, "ear: " + std::to_string(input.size()) + " bytes"};
  const auto root = as == encoding::cbor
                      ? codec::parse_cbor_claims(input, "ear")
                      : codec::parse_json(to_text(input), {.max_bytes = max_claims_bytes});
  if (!root)
    return root.error();
  if (!root->is_object())
    return error{errc::malformed, "ear: not a set of claims"};
  return claims_reader{*root, as}.read();
}

bytes write_ear_claims(const ear_claims& claims, encoding as) {
  const spelling spelled{as, dialect_of(claims.profile)};
  json out;
  const auto put = [&](const claim_name& which, json value) {
    out[spelled.of(which)] = std::move(value);
  };
  put(claim::profile, claims.profile);
  put(claim::issued_at, claims.issued_at);
  if (claims.expires)
    put(claim::expires, *claims.expires);
  if (!claims.issuer.empty())
    put(claim::issuer, claims.issuer);
  if (claims.audience.size() == 1)
    put(claim::audience, claims.audience.front());
  else if (!claims.audience.empty())
    put(claim::audience, claims.audience);
  if (!claims.nonce.empty())
    put(claim::nonce, write_nonce(claims.nonce, as));
  put(claim::verifier,
      {{spelled.of(claim::developer), claims.developer}, {spelled.of(claim::build), claims.build}});
  if (claims.status && spelled.dialect == ear_dialect::ietf)
    put(claim::status, status_of(*claims.status, spelled));
  json parts;
  for (const auto& [label, part] : claims.parts)
    parts[label] = write_part(part, spelled);
  put(claim::parts, std::move(parts));
  return as == encoding::cbor ? codec::write_cbor_claims(out)
                              : to_bytes(codec::write_json_claims(out));
}

} // namespace troth::report
