#include "shared/endorsement/corim_meta.hpp"

#include "shared/endorsement/comid.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace troth::endorsement {

namespace {

using codec::cbor_form;
using codec::cbor_map;
using codec::cbor_reader;
using codec::cbor_type;

constexpr std::uint64_t meta_label = 8;
constexpr std::uint64_t claims_label = 15;
constexpr std::uint64_t hash_envelope_label = 258;
constexpr std::uint64_t epoch_tag = 1;
constexpr std::uint64_t address_tag = 32;

time_point at_second(std::uint64_t seconds) {
  constexpr std::uint64_t last = 9'223'372'036; // in 2262: the clock has no later one
  return time_point{std::chrono::seconds{static_cast<std::int64_t>(std::min(seconds, last))}};
}

time_point read_tagged_time(cbor_reader& in) {
  if (in.tag() != epoch_tag)
    in.fail(errc::malformed, "a time of another tag than 1");
  return at_second(in.unsigned_integer());
}

/// Takes a time that may stand there once.
template <class Read>
void read_once(cbor_reader& in, std::optional<time_point>& into, Read read) {
  if (into)
    in.fail(errc::malformed, "a map key twice");
  into = read(in);
}

std::string read_signer(cbor_reader& in) {
  enum : std::uint64_t { name, address };
  std::optional<std::string> out;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto& key = *members.current();
    if (key.type != cbor_type::unsigned_integer || key.number > address)
      in.fail(errc::unsupported, "signer has another member than 0 and 1");
    if (key.number == address) {
      if (in.tag() != address_tag)
        in.fail(errc::malformed, "a URI of another tag than 32");
      in.text();
      continue;
    }
    if (out)
      in.fail(errc::malformed, "a map key twice");
    out = in.text();
  }
  if (in.ok() && !out)
    in.fail(errc::missing, "signer-name");
  return std::move(out).value_or("");
}

void read_meta(cbor_reader& in, corim_meta& out) {
  enum : std::uint64_t { signer, validity };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto& key = *members.current();
    if (key.type != cbor_type::unsigned_integer || key.number > validity) {
      in.fail(errc::unsupported, "corim-meta has another member than 0 and 1");
      return;
    }
    if ((std::exchange(seen, seen | std::uint64_t{1} << key.number) >> key.number & 1U) != 0)
      in.fail(errc::malformed, "a map key twice");
    if (key.number == signer)
      out.signer = read_signer(in);
    else
      out.valid.narrow(read_corim_validity(in));
  }
  if (in.ok() && (seen & 1U) == 0)
    in.fail(errc::missing, "signer");
}

/// Reads `exp` and `nbf`; whom the others name the certificate proves.
void read_claims(cbor_reader& in, corim_meta& out) {
  enum : std::uint64_t { expires = 4, begins = 5 };
  const auto date = [](cbor_reader& from) {
    if (from.next_type() != cbor_type::unsigned_integer)
      from.fail(errc::unsupported, "a time that is no whole number of seconds since 1970");
    return at_second(from.unsigned_integer());
  };
  corim_validity limits;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto& key = *members.current();
    const auto number = key.type == cbor_type::unsigned_integer ? key.number : 0;
    if (number == expires)
      read_once(in, limits.not_after, date);
    else if (number == begins)
      read_once(in, limits.not_before, date);
    else
      pass_over(in);
  }
  out.valid.narrow(limits);
}

void read_header(cbor_reader& in, corim_meta& out) {
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto& key = *members.current();
    const auto number = key.type == cbor_type::unsigned_integer ? key.number : 0;
    if (number == hash_envelope_label) {
      in.fail(errc::unsupported, "a hash envelope");
    } else if (number == meta_label) {
      const auto encoded = in.byte_string();
      if (!in.ok())
        return;
      cbor_reader inner{encoded, "corim-meta", cbor_form::definite};
      read_meta(inner, out);
      if (const auto read = inner.finish(true); !read)
        in.fail(read.error().code, read.error().where);
    } else if (number == claims_label) {
      read_claims(in, out);
    } else {
      pass_over(in);
    }
  }
}

} // namespace

bool corim_validity::holds_at(time_point now) const {
  return (!not_before || *not_before <= now) && (!not_after || now <= *not_after);
}

void corim_validity::narrow(const corim_validity& other) {
  if (other.not_before)
    not_before = not_before ? std::max(*not_before, *other.not_before) : *other.not_before;
  if (other.not_after)
    not_after = not_after ? std::min(*not_after, *other.not_after) : *other.not_after;
}

corim_validity read_corim_validity(cbor_reader& in) {
  enum : std::uint64_t { begin, end };
  corim_validity out;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto& key = *members.current();
    if (key.type != cbor_type::unsigned_integer || key.number > end)
      in.fail(errc::unsupported, "validity has another member than 0 and 1");
    read_once(in, key.number == begin ? out.not_before : out.not_after, read_tagged_time);
  }
  if (in.ok() && !out.not_after)
    in.fail(errc::missing, "not-after");
  return out;
}

result<corim_meta> parse_corim_meta(byte_view protected_header) {
  corim_meta out;
  cbor_reader in{protected_header, "protected", cbor_form::definite};
  read_header(in, out);
  return in.finish(std::move(out));
}

} // namespace troth::endorsement
