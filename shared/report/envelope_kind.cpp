#include "shared/report/envelope_kind.hpp"

#include "shared/codec/cbor_reader.hpp"
#include "shared/report/cmw.hpp"

#include <cstring>
#include <string_view>

namespace troth::report {

namespace {

using codec::cbor_type;

bool has(byte_view input, std::string_view text) {
  return memmem(input.data(), input.size(), text.data(), text.size()) != nullptr;
}

bool starts_with(byte_view input, std::string_view text) {
  return input.size() >= text.size() && std::memcmp(input.data(), text.data(), text.size()) == 0;
}

/// Returns the first byte behind `at` that is no white space of JSON; 0 at the end.
std::uint8_t next_character(byte_view input, std::size_t& at) {
  while (at < input.size() && std::strchr(" \t\r\n", input[at]) != nullptr && input[at] != 0)
    ++at;
  return at < input.size() ? input[at] : std::uint8_t{0};
}

/// Whether the first member of an object is a record or a collection.
bool begins_with_structure(byte_view object) {
  std::size_t at = 1;
  if (next_character(object, at) != '"')
    return false;
  for (++at; at < object.size() && object[at] != '"'; ++at)
    if (object[at] == '\\')
      ++at;
  ++at;
  if (next_character(object, at) != ':')
    return false;
  ++at;
  const auto first = next_character(object, at);
  return first == '[' || first == '{';
}

envelope_kind kind_of_object(byte_view input) {
  // All that is in a report is base64 or a structure of the report's: a name in quotes is a member.
  if (has(input, R"("evidences")"))
    return envelope_kind::none;
  if (has(input, R"("eat_profile")"))
    return envelope_kind::claims_json;
  if (has(input, R"("payload")") && (has(input, R"("protected")") || has(input, R"("signatures")")))
    return envelope_kind::jws;
  if (has(input, cmw_collection_type) || begins_with_structure(input))
    return envelope_kind::cmw_json;
  return envelope_kind::none;
}

/// A report begins with its version, a text; a collection with its type, or a record.
envelope_kind kind_of_map(byte_view input) {
  codec::cbor_reader in{input, "envelope", codec::cbor_form::definite};
  const codec::cbor_map entries{in};
  const auto* const first = entries.current();
  if (first == nullptr)
    return envelope_kind::none;
  if (first->type == cbor_type::text && first->text == cmw_collection_type)
    return envelope_kind::cmw_cbor;
  const auto value = in.next_type();
  const auto is_wrapper = value == cbor_type::array || value == cbor_type::tag
                          || value == cbor_type::map;
  return is_wrapper ? envelope_kind::cmw_cbor : envelope_kind::none;
}

} // namespace

envelope_kind kind_of_envelope(byte_view input) {
  if (input.empty())
    return envelope_kind::none;
  const auto first = input.front();
  std::size_t at = 0;
  const auto character = next_character(input, at);
  if (character == '{')
    return kind_of_object(input.subspan(at));
  if (character == '[')
    return envelope_kind::cmw_json;
  if (starts_with(input, "ey")) // a header's `{"` in base64url
    return envelope_kind::jwt;
  if (starts_with(input, "\xd9\x02\x59"))
    return envelope_kind::claims_cbor;
  if (first == 0xd2 || starts_with(input, "\xd8\x3d")) // the tags 18 and 61
    return envelope_kind::cose;
  if (first == 0x82 || first == 0x83 || first == 0xda) // a record; a value with a tag of 4 bytes
    return envelope_kind::cmw_cbor;
  return first >= 0xa0 && first <= 0xbb ? kind_of_map(input) : envelope_kind::none;
}

} // namespace troth::report
