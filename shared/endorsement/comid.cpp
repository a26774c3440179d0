#include "shared/endorsement/comid.hpp"

#include "shared/base/hex.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace troth::endorsement {

namespace {

using codec::cbor_array;
using codec::cbor_map;
using codec::cbor_reader;
using codec::cbor_type;

constexpr std::uint64_t uuid_tag = 37;
constexpr std::uint64_t bytes_tag = 560;
constexpr std::size_t uuid_bytes = 16;
constexpr std::size_t max_items = 1'024; // of an array that is passed over, or of triples
constexpr std::size_t max_digests = 8;
constexpr std::size_t max_text_bytes = 1'024;
constexpr std::size_t max_raw_bytes = 4'096;

/// Returns the key of the member that is next, of a map whose keys are numbers; other keys are
/// nobody's.
std::uint64_t key_of(const cbor_map& members) {
  constexpr std::uint64_t none = ~std::uint64_t{0};
  const auto& key = *members.current();
  return key.type == cbor_type::unsigned_integer ? key.number : none;
}

void refuse_member(cbor_reader& in, const cbor_map& members, std::string_view of) {
  const auto& key = *members.current();
  const auto shown = key.type == cbor_type::text ? std::string{key.text.substr(0, 32)}
                     : key.type == cbor_type::unsigned_integer
                       ? std::to_string(key.number)
                       : '-' + std::to_string(key.number + 1);
  in.fail(errc::unsupported, std::string{of} + " has the member " + shown);
}

/// Notes a key that was read. Fails at one that was read before.
void once(cbor_reader& in, std::uint64_t key, std::uint64_t& seen) {
  const auto bit = std::uint64_t{1} << (key % 64);
  if ((seen & bit) != 0)
    in.fail(errc::malformed, "a map key twice");
  seen |= bit;
}

std::string read_text(cbor_reader& in) {
  const auto text = in.text();
  if (text.size() > max_text_bytes)
    in.fail(errc::too_large, "a text of " + std::to_string(text.size()) + " bytes");
  return std::string{text.substr(0, max_text_bytes)};
}

void expect(cbor_reader& in, const cbor_array& items, std::size_t size) {
  if (items.size() != size)
    in.fail(errc::malformed, "expected " + std::to_string(size) + " items");
}

// -- environment

void read_class(cbor_reader& in, corim_value& out) {
  enum : std::uint64_t { class_id, vendor, model, layer, index };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == vendor)
      out.vendor = read_text(in);
    else if (key == model)
      out.model = read_text(in);
    else if (key == class_id || key == layer || key == index)
      pass_over(in);
    else
      refuse_member(in, members, "class");
  }
}

/// Reads whose the values are: of a class of machines. Those of one machine or a group would be
/// believed of all.
corim_value read_environment(cbor_reader& in) {
  enum : std::uint64_t { class_member };
  corim_value out;
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == class_member)
      read_class(in, out);
    else
      refuse_member(in, members, "environment");
  }
  if (in.ok() && seen == 0)
    in.fail(errc::missing, "a class of the environment");
  return out;
}

// -- measurement

struct named_algorithm {
  std::uint64_t number;
  std::string_view text;
  hash_algorithm is;
};

// IANA, Named Information Hash Algorithm Registry.
constexpr std::array algorithms{
  named_algorithm{1, "sha-256", hash_algorithm::sha256},
  named_algorithm{7, "sha-384", hash_algorithm::sha384},
  named_algorithm{8, "sha-512", hash_algorithm::sha512},
};

std::optional<hash_algorithm> read_algorithm(cbor_reader& in) {
  const auto is_number = in.next_type() == cbor_type::unsigned_integer;
  const auto number = is_number ? in.unsigned_integer() : 0;
  const auto text = is_number ? std::string_view{} : in.text();
  const auto* const known = std::ranges::find_if(algorithms, [&](const auto& one) {
    return is_number ? one.number == number : one.text == text;
  });
  if (in.ok() && known == algorithms.end())
    in.fail(errc::unsupported,
            is_number ? "hash algorithm " + std::to_string(number) : "another hash algorithm");
  return in.ok() ? std::optional{known->is} : std::nullopt;
}

std::vector<digest> read_digests(cbor_reader& in) {
  std::vector<digest> out;
  const cbor_array all{in, max_digests};
  if (in.ok() && all.size() == 0)
    in.fail(errc::malformed, "no digests");
  for (std::size_t n = 0; n < all.size() && in.ok(); ++n) {
    const cbor_array pair{in, 2};
    expect(in, pair, 2);
    const auto algorithm = read_algorithm(in);
    const auto value = in.byte_string();
    if (!algorithm || !in.ok())
      continue;
    const auto made = digest::from(*algorithm, value);
    if (!made)
      in.fail(errc::malformed, "a digest of " + std::to_string(value.size()) + " bytes");
    else if (std::ranges::find(out, *algorithm, &digest::algorithm) != out.end())
      in.fail(errc::malformed, "two digests of one algorithm");
    else
      out.push_back(*made);
  }
  return out;
}

std::string read_version(cbor_reader& in) {
  enum : std::uint64_t { version, scheme };
  std::string out;
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == version)
      out = read_text(in);
    else if (key == scheme)
      pass_over(in);
    else
      refuse_member(in, members, "version");
  }
  return out;
}

bytes read_raw_value(cbor_reader& in) {
  if (in.tag() != bytes_tag)
    in.fail(errc::unsupported, "a raw value of another tag than 560");
  const auto value = in.byte_string();
  if (value.size() > max_raw_bytes)
    in.fail(errc::too_large, "a raw value of " + std::to_string(value.size()) + " bytes");
  return copy(value);
}

void read_measured(cbor_reader& in, corim_value& out) {
  enum : std::uint64_t { version = 0, digests = 2, raw_value = 4, name = 11 };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == version)
      out.version = read_version(in);
    else if (key == digests)
      out.digests = read_digests(in);
    else if (key == raw_value)
      out.raw_value = read_raw_value(in);
    else if (key == name)
      out.name = read_text(in);
    else
      refuse_member(in, members, "measurement-values");
  }
  if (in.ok() && out.digests.empty() && !out.raw_value)
    in.fail(errc::missing, "digests or a raw value");
}

corim_value read_measurement(cbor_reader& in, corim_value out) {
  enum : std::uint64_t { mkey, mval };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == mkey && in.next_type() != cbor_type::unsigned_integer)
      in.fail(errc::unsupported, "mkey: no number");
    else if (key == mkey)
      out.key = in.unsigned_integer();
    else if (key == mval)
      read_measured(in, out);
    else
      refuse_member(in, members, "measurement"); // those who may say it: nobody we know
  }
  if (in.ok() && out.digests.empty() && !out.raw_value)
    in.fail(errc::missing, "mval");
  return out;
}

void read_reference_triples(cbor_reader& in, std::vector<corim_value>& into) {
  const cbor_array triples{in, max_items};
  for (std::size_t n = 0; n < triples.size() && in.ok(); ++n) {
    const cbor_array triple{in, 2};
    expect(in, triple, 2);
    const auto of = read_environment(in);
    const cbor_array measurements{in, max_corim_values};
    for (std::size_t m = 0; m < measurements.size() && in.ok(); ++m) {
      if (into.size() == max_corim_values)
        in.fail(errc::too_large, "more than " + std::to_string(max_corim_values) + " values");
      into.push_back(read_measurement(in, of));
    }
  }
}

void read_triples(cbor_reader& in, std::vector<corim_value>& into) {
  enum : std::uint64_t { reference_triples };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == reference_triples)
      read_reference_triples(in, into);
    else
      refuse_member(in, members, "triples");
  }
}

void read_identity(cbor_reader& in) {
  enum : std::uint64_t { tag_id, tag_version };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == tag_id)
      read_tag_id(in);
    else if (key == tag_version)
      in.unsigned_integer();
    else
      refuse_member(in, members, "tag-identity");
  }
  if (in.ok() && (seen & 1) == 0)
    in.fail(errc::missing, "tag-id");
}

} // namespace

void pass_over(cbor_reader& in) {
  switch (in.next_type()) {
  case cbor_type::tag:
    in.tag();
    return pass_over(in);
  case cbor_type::array: {
    const cbor_array items{in, max_items};
    for (std::size_t n = 0; n < items.size() && in.ok(); ++n)
      pass_over(in);
    return;
  }
  case cbor_type::map:
    for (cbor_map members{in}; members.current() != nullptr; members.next())
      pass_over(in);
    return;
  default:
    in.skip();
  }
}

std::string read_tag_id(cbor_reader& in) {
  if (in.next_type() == cbor_type::text)
    return read_text(in);
  if (in.next_type() == cbor_type::tag && in.tag() != uuid_tag)
    in.fail(errc::unsupported, "an identifier of another tag than 37");
  const auto uuid = in.byte_string();
  if (in.ok() && uuid.size() != uuid_bytes)
    in.fail(errc::malformed, "a UUID of " + std::to_string(uuid.size()) + " bytes");
  return hex(uuid);
}

void read_comid(cbor_reader& in, std::vector<corim_value>& into) {
  enum : std::uint64_t { language, identity, entities, linked_tags, triples };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto key = key_of(members);
    once(in, key, seen);
    if (key == identity)
      read_identity(in);
    else if (key == triples)
      read_triples(in, into);
    else if (key == language || key == entities)
      pass_over(in);
    else
      refuse_member(in, members, "comid"); // a linked tag may say that this one counts no more
  }
  constexpr std::uint64_t needed = 1U << identity | 1U << triples;
  if (in.ok() && (seen & needed) != needed)
    in.fail(errc::missing, "tag-identity or triples");
}

} // namespace troth::endorsement
