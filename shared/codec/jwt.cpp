#include "shared/codec/jwt.hpp"

#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"
#include "shared/codec/signature_names.hpp"

namespace troth::codec {

namespace {

constexpr std::size_t max_jwt_header_bytes = std::size_t{64} * 1024;

struct jwt_header {
  std::string algorithm;
  std::string key_id;
  std::string type;
};

void describe(auto& fields, of<jwt_header> auto& x) {
  fields.required({"alg"}, x.algorithm);
  fields.optional({"kid"}, x.key_id);
  fields.optional({"typ"}, x.type);
}

/// Takes what is before the next dot off the front of `rest`.
std::string_view take_part(std::string_view& rest) {
  const auto end = rest.find('.');
  const auto part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

result<jwt_header> read_header(std::string_view encoded) {
  const auto text = from_base64url(encoded);
  if (!text)
    return error{text.error().code, "jwt.header: " + text.error().where};
  const auto parsed = parse_json(to_text(*text), {.max_bytes = max_jwt_header_bytes});
  if (!parsed)
    return error{parsed.error().code, "jwt.header: " + parsed.error().where};
  auto read = from_json<jwt_header>(*parsed, "jwt.header");
  if (!read)
    return read;
  for (const auto* const name : {"crit", "b64"})
    if (parsed->contains(name))
      return error{errc::unsupported, std::string{"jwt.header."} + name};
  return read;
}

} // namespace

result<signed_token> parse_jwt(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    return error{errc::too_large, "jwt: " + std::to_string(text.size()) + " bytes"};
  auto rest = text;
  const auto header = take_part(rest);
  const auto claims = take_part(rest);
  if (rest.empty() || rest.find('.') != std::string_view::npos)
    return error{errc::malformed, "jwt: expected three parts, none of them empty"};
  auto known = read_header(header);
  if (!known)
    return known.error();
  const auto* const algorithm = find_jose(known->algorithm);
  if (algorithm == nullptr)
    return error{errc::unsupported, "jwt.header.alg"};
  auto payload = from_base64url(claims);
  if (!payload)
    return error{payload.error().code, "jwt.claims: " + payload.error().where};
  auto signature = from_base64url(rest);
  if (!signature)
    return error{signature.error().code, "jwt.signature: " + signature.error().where};
  if (!algorithm->fits(signature->size()))
    return error{errc::malformed, "jwt.signature: " + std::to_string(signature->size()) + " bytes"};
  const auto signed_text = text.substr(0, header.size() + 1 + claims.size());
  return signed_token{*std::move(payload),
                      {algorithm->algorithm, {}, to_bytes(signed_text), *std::move(signature)},
                      known->key_id,
                      known->type};
}

result<std::string> write_jwt(byte_view claims, const token_header& header, const signer& by) {
  const auto* const algorithm = name_of(by.algorithm);
  if (algorithm == nullptr)
    return error{errc::unsupported, "jwt: algorithm"};
  const jwt_header written{std::string{algorithm->jose}, header.key_id, header.type};
  auto out = base64url(to_bytes(to_json(written))) + '.' + base64url(claims);
  const auto signature = by.sign(to_bytes(out));
  if (!signature)
    return signature.error();
  if (!algorithm->fits(signature->size())) // e.g. ES256 is P-256's alone
    return error{errc::unsupported, "jwt: key for " + std::string{algorithm->jose}};
  return out + '.' + base64url(*signature);
}

} // namespace troth::codec
