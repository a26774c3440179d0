#include "shared/report/eat_claims.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/json.hpp"

#include <set>
#include <utility>

namespace troth::report {

namespace {

using codec::cbor_reader;
using codec::cbor_type;
using nlohmann::json;

constexpr std::size_t max_nonces = 8;

// RFC 8392, section 4, and RFC 9711, section 4.1; `cmw`: RFC 9999, section 9.1.
namespace claim_number {
constexpr std::uint64_t expires = 4;
constexpr std::uint64_t not_before = 5;
constexpr std::uint64_t issued_at = 6;
constexpr std::uint64_t nonce = 10;
constexpr std::uint64_t profile = 265;
constexpr std::uint64_t cmw = 299;
} // namespace claim_number

error in_claim(errc why, std::string_view name) {
  return {why, "eat." + std::string{name}};
}

result<std::vector<bytes>> nonces_in(const json& value) {
  std::vector<bytes> out;
  for (const auto& each : value.is_array() ? value : json::array({value})) {
    auto decoded = each.is_string() ? from_base64url(each.get_ref<const std::string&>())
                                    : result<bytes>{in_claim(errc::malformed, "eat_nonce")};
    if (!decoded || out.size() == max_nonces)
      return in_claim(errc::malformed, "eat_nonce");
    out.push_back(*std::move(decoded));
  }
  return out;
}

result<std::optional<std::int64_t>> seconds_in(const json& claims, const char* name) {
  const auto at = claims.find(name);
  if (at == claims.end())
    return std::optional<std::int64_t>{};
  if (!at->is_number_integer())
    return in_claim(errc::malformed, name);
  return std::optional{at->get<std::int64_t>()};
}

result<eat_claims> read_json_claims(const json& from) {
  if (!from.is_object())
    return error{errc::malformed, "eat: no claims set"};
  if (const auto at = from.find("eat_profile"); at == from.end() || *at != report_eat_profile)
    return in_claim(errc::unsupported, "eat_profile");
  const auto wrapped = from.find("cmw");
  if (wrapped == from.end())
    return in_claim(errc::missing, "cmw");
  eat_claims out;
  for (const auto& [name, into] :
       {std::pair{"exp", &out.expires}, {"nbf", &out.not_before}, {"iat", &out.issued_at}}) {
    const auto told = seconds_in(from, name);
    if (!told)
      return told.error();
    *into = *told;
  }
  if (const auto at = from.find("eat_nonce"); at != from.end()) {
    auto nonces = nonces_in(*at);
    if (!nonces)
      return nonces.error();
    out.nonces = *std::move(nonces);
  }
  auto records = read_cmw(*wrapped);
  if (!records)
    return records.error();
  out.wrapped = *std::move(records);
  return out;
}

std::vector<bytes> take_nonces(cbor_reader& in) {
  if (in.next_type() == cbor_type::byte_string)
    return {copy(in.byte_string())};
  std::vector<bytes> out;
  const codec::cbor_array items{in, max_nonces};
  for (std::size_t n = 0; n < items.size() && in.ok(); ++n)
    out.push_back(copy(in.byte_string()));
  return out;
}

/// Takes the value of one claim.
void take_claim(std::uint64_t number, cbor_reader& in, eat_claims& out, std::string& profile) {
  switch (number) {
  case claim_number::expires:
    out.expires = in.integer();
    break;
  case claim_number::not_before:
    out.not_before = in.integer();
    break;
  case claim_number::issued_at:
    out.issued_at = in.integer();
    break;
  case claim_number::nonce:
    out.nonces = take_nonces(in);
    break;
  case claim_number::profile:
    profile = in.text();
    break;
  case claim_number::cmw:
    out.wrapped = read_cmw(in);
    break;
  default:
    in.skip();
  }
}

result<eat_claims> read_cbor_claims(byte_view input) {
  cbor_reader in{input, "eat", codec::cbor_form::definite};
  eat_claims out;
  std::string profile;
  std::set<codec::cbor_map::key> seen;
  for (codec::cbor_map claims{in}; claims.current() != nullptr; claims.next()) {
    const auto key = *claims.current();
    if (!seen.insert(key).second)
      in.fail(errc::malformed, "a claim twice");
    if (key.type == cbor_type::unsigned_integer)
      take_claim(key.number, in, out, profile);
    else
      in.skip();
  }
  auto read = in.finish(std::move(out));
  if (!read)
    return read;
  if (profile != report_eat_profile)
    return in_claim(errc::unsupported, "eat_profile");
  if (read->wrapped.empty())
    return in_claim(errc::missing, "cmw");
  return read;
}

} // namespace

result<eat_claims> parse_eat_claims(byte_view input, encoding as) {
  if (as == encoding::cbor)
    return read_cbor_claims(input);
  const auto value = codec::parse_json(to_text(input), {.max_bytes = input.size()});
  if (!value)
    return error{value.error().code, "eat: " + value.error().where};
  return read_json_claims(*value);
}

} // namespace troth::report
