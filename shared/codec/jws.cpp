#include "shared/codec/jws.hpp"

#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"
#include "shared/codec/signature_names.hpp"

#include <array>

namespace troth::codec {

namespace {

constexpr std::size_t max_message_bytes = std::size_t{32} * 1024
                                          * 1024; // base64 of an item of 16 MiB fits
constexpr std::size_t max_header_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_signatures = 16;
constexpr std::size_t max_certificates = 16; // of a signature
constexpr std::size_t max_certificate_bytes = std::size_t{64} * 1024;

struct protected_header {
  std::string algorithm;
  std::vector<bytes> certificates;
};

void describe(auto& fields, of<protected_header> auto& x) {
  fields.required({"alg"}, x.algorithm);
  fields.optional({"x5c"}, up_to(max_certificates, max_certificate_bytes, x.certificates));
}

/// A member of `signatures`, or all of a flattened message but its payload.
struct carried_signature {
  std::string header; ///< base64url of a `protected_header`.
  std::string signature;
};

void describe(auto& fields, of<carried_signature> auto& x) {
  fields.required({"protected"}, x.header);
  fields.required({"signature"}, x.signature);
}

struct carried_payload {
  std::string text; ///< base64url
};

void describe(auto& fields, of<carried_payload> auto& x) {
  fields.required({"payload"}, x.text);
}

struct general_message {
  carried_payload payload;
  std::vector<carried_signature> signatures;
};

void describe(auto& fields, of<general_message> auto& x) {
  describe(fields, x.payload);
  fields.required({"signatures"}, x.signatures);
}

struct flattened_message {
  carried_payload payload;
  carried_signature only;
};

void describe(auto& fields, of<flattened_message> auto& x) {
  describe(fields, x.payload);
  describe(fields, x.only);
}

// RFC 7515, section 5.1, step 5.
std::string signing_input(std::string_view header, std::string_view payload) {
  return std::string{header}.append(1, '.').append(payload);
}

constexpr std::array never = {"crit", "b64", "jwk", "jku", "x5u"};
constexpr std::array protected_only = {"alg", "x5c"};

template <std::size_t Count>
const char* first_of(const std::array<const char*, Count>& names, const nlohmann::json& header) {
  for (const auto* const name : names)
    if (header.contains(name))
      return name;
  return nullptr;
}

error placed(std::string_view place, const error& why) {
  return {why.code, std::string{place} + ": " + why.where};
}

result<bytes> open_base64url(std::string_view text, std::string_view place) {
  auto opened = from_base64url(text);
  return opened ? std::move(opened) : placed(place, opened.error());
}

/// Checks the headers for what a verifier would have to act on.
/// @param carried holds the unprotected one as the member `header`.
result<void> check_headers(const nlohmann::json& header, const nlohmann::json& carried) {
  if (const auto* const name = first_of(never, header))
    return error{errc::unsupported, std::string{".protected."} + name};
  const auto open = carried.find("header");
  if (open == carried.end())
    return {};
  if (!open->is_object())
    return error{errc::malformed, ".header: expected an object"};
  if (const auto* const name = first_of(never, *open))
    return error{errc::unsupported, std::string{".header."} + name};
  if (const auto* const name = first_of(protected_only, *open))
    return error{errc::unsupported, std::string{".header."} + name};
  for (const auto& [name, value] : open->items())
    if (header.contains(name))
      return error{errc::malformed, ".header: a name that is in .protected, too"};
  return {};
}

/// Reads the protected header and checks both.
result<protected_header> read_header(std::string_view encoded, const nlohmann::json& carried) {
  const auto text = open_base64url(encoded, ".protected");
  if (!text)
    return text.error();
  const auto header = parse_json(to_text(*text), {.max_bytes = max_header_bytes});
  if (!header)
    return placed(".protected", header.error());
  auto known = from_json<protected_header>(*header, ".protected");
  if (!known)
    return known;
  if (const auto checked = check_headers(*header, carried); !checked)
    return checked.error();
  return known;
}

result<signature_entry> read_signature(const nlohmann::json& carried, std::string_view payload) {
  const auto parts = from_json<carried_signature>(carried, "");
  if (!parts)
    return parts.error();
  auto read = read_header(parts->header, carried);
  if (!read)
    return read.error();
  auto [algorithm, certificates] = *std::move(read);
  const auto* const found = find_jose(algorithm);
  if (found == nullptr)
    return error{errc::unsupported, ".protected.alg"};
  auto signature = open_base64url(parts->signature, ".signature");
  if (!signature)
    return signature.error();
  if (!found->fits(signature->size()))
    return error{errc::malformed, ".signature: " + std::to_string(signature->size()) + " bytes"};
  return signature_entry{found->algorithm, std::move(certificates),
                         to_bytes(signing_input(parts->header, payload)), *std::move(signature)};
}

/// Reads the members of `signatures`, or the flattened message's only one.
result<std::vector<signature_entry>> read_signatures(const nlohmann::json& message,
                                                     std::string_view payload) {
  std::vector<signature_entry> out;
  const auto add = [&](const nlohmann::json& carried, const std::string& place) -> result<void> {
    auto one = read_signature(carried, payload);
    if (!one)
      return error{one.error().code, place + one.error().where};
    out.push_back(*std::move(one));
    return {};
  };
  const auto several = message.find("signatures");
  if (several == message.end()) {
    if (const auto added = add(message, "jws"); !added)
      return added.error();
    return out;
  }
  for (const auto* const name : {"signature", "protected", "header"})
    if (message.contains(name))
      return error{errc::malformed, std::string{"jws: signatures and "} + name};
  if (!several->is_array())
    return error{errc::malformed, "jws.signatures: expected an array"};
  if (several->empty())
    return error{errc::missing, "jws.signatures[0]"};
  if (several->size() > max_signatures)
    return error{errc::too_large, "jws.signatures: more than " + std::to_string(max_signatures)};
  for (const auto& carried : *several)
    if (const auto added = add(carried, "jws.signatures[" + std::to_string(out.size()) + "]");
        !added)
      return added.error();
  return out;
}

result<carried_signature> write_signature(std::string_view payload, const signer& by) {
  const auto* const found = name_of(by.algorithm);
  if (found == nullptr)
    return error{errc::unsupported, "jws: algorithm"};
  const auto header = to_json(protected_header{std::string{found->jose}, by.certificates});
  carried_signature out{base64url(to_bytes(header)), {}};
  const auto signature = by.sign(to_bytes(signing_input(out.header, payload)));
  if (!signature)
    return signature.error();
  if (!found->fits(signature->size())) // e.g. ES256 is P-256's alone
    return error{errc::unsupported, "jws: key for " + std::string{found->jose}};
  out.signature = base64url(*signature);
  return out;
}

} // namespace

result<signed_message> parse_jws(std::string_view text) {
  const auto message = parse_json(text, {.max_bytes = max_message_bytes});
  if (!message)
    return placed("jws", message.error());
  const auto payload = from_json<carried_payload>(*message, "jws");
  if (!payload)
    return payload.error();
  auto opened = open_base64url(payload->text, "jws.payload");
  if (!opened)
    return opened.error();
  auto signatures = read_signatures(*message, payload->text);
  if (!signatures)
    return signatures.error();
  return signed_message{*std::move(opened), *std::move(signatures)};
}

result<std::string> write_jws(byte_view payload, std::span<const signer> signers, jws_form form) {
  if (signers.empty())
    return error{errc::missing, "jws: a signer"};
  if (form == jws_form::flattened && signers.size() > 1)
    return error{errc::conflict, "jws: several signers in the flattened form"};
  const carried_payload carried{base64url(payload)};
  std::vector<carried_signature> signatures;
  for (const auto& by : signers) {
    auto one = write_signature(carried.text, by);
    if (!one)
      return one.error();
    signatures.push_back(*std::move(one));
  }
  if (form == jws_form::flattened)
    return to_json(flattened_message{carried, signatures.front()});
  return to_json(general_message{carried, std::move(signatures)});
}

} // namespace troth::codec
