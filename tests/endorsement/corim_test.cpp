#include "shared/endorsement/corim.hpp"

#include "shared/base/hex.hpp"
#include "shared/codec/cbor_writer.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::testing;
using endorsement::parse_corim;
using endorsement::parse_signed_corim;
using namespace std::chrono_literals;

namespace {

// draft-ietf-rats-corim, written by hand: one CoMID with one reference triple.
const bytes comid = "a2"                       // comid
                    "01 a1 00 6161"            //   tag-identity: tag-id "a"
                    "04 a1 00 81"              //   triples: one reference triple
                    "82 a1 00 a1 02 63 54504d" //   environment: class: model "TPM"
                    "81 a2 00 04"              //   measurement: mkey 4
                    "01 a1 02 81"              //   mval: digests
                    "82 01 5820"               //   sha-256
                    "1111111111111111111111111111111111111111111111111111111111111111"_hex;

bytes corim_of(const bytes& inner, const bytes& rest = {}, std::uint8_t members = 2) {
  codec::cbor_writer out;
  out.tag(501);
  out.map(members);
  out.integer(0);
  out.text("id");
  out.integer(1);
  out.array(1);
  out.tag(506);
  out.byte_string(inner);
  out.raw(rest);
  return out.take();
}

/// A CoMID whose one measurement has this mval.
bytes comid_with(const bytes& mval, const bytes& key = "00 04"_hex) {
  auto out = "a2 01 a1 00 6161 04 a1 00 81 82 a1 00 a1 02 63 54504d 81 a2"_hex;
  for (const auto& part : {key, "01"_hex, mval})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

void check_refused(errc code, const bytes& input) {
  CAPTURE(hex(input));
  const auto read = parse_corim(input);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
}

std::uint64_t seconds_of(time_point when) {
  return static_cast<std::uint64_t>(
    std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count());
}

/// Returns what the protected header says, in short, or the code.
std::string meta_of(const bytes& header) {
  const auto read = endorsement::parse_corim_meta(header);
  if (!read)
    return std::string{name(read.error().code)};
  const auto shown = [](const auto& time) { return time ? format_time(*time) : "-"; };
  return read->signer + ' ' + shown(read->valid.not_before) + ' ' + shown(read->valid.not_after);
}

} // namespace

TEST_SUITE_BEGIN("endorsement/corim");

TEST_CASE("a CoRIM reads into its reference values") {
  const auto read = parse_corim(
    corim_of(comid, "03 d820 63 613a62 04 a2 00 c1 1a 6553f100 01 c1 1a 65546180"_hex, 4));
  REQUIRE(read);
  CHECK(read->id == "id");
  CHECK(read->profile == "a:b");
  CHECK(format_time(read->valid.not_before.value()) == "2023-11-14T22:13:20Z");
  CHECK(format_time(read->valid.not_after.value()) == "2023-11-15T06:13:20Z");
  REQUIRE(read->values.size() == 1);
  const auto& value = read->values.front();
  CHECK(value.model == "TPM");
  CHECK(value.vendor.empty());
  CHECK(value.key == 4);
  CHECK(value.digests == std::vector{*digest::from(hash_algorithm::sha256, bytes(32, 0x11))});
  CHECK(!value.raw_value);
}

TEST_CASE("names, versions, raw values and what is nobody's decision are read or passed over") {
  const auto full = "a4 00 6564 652d4445 01 a2 00 d825 50 000102030405060708090a0b0c0d0e0f 01 02"
                    "02 81 a3 00 6161 01 d820 6162 02 81 01" // language, identity, entities
                    "04 a1 00 81 82 a1 00 a5 00 d86f 42 2a03 01 61 76 02 61 6d 03 01 04 02"
                    "81 a1 01 a3 00 a2 00 61 31 01 01 04 d90230 42 abcd 0b 61 6e"_hex;
  const auto read = parse_corim(corim_of(full, "05 81 a2 00 6161 02 81 01"_hex, 3));
  REQUIRE(read);
  REQUIRE(read->values.size() == 1);
  const auto& value = read->values.front();
  CHECK(value.vendor == "v");
  CHECK(value.model == "m");
  CHECK(value.name == "n");
  CHECK(value.version == "1");
  CHECK(!value.key);
  CHECK(value.raw_value == bytes{0xab, 0xcd});
}

TEST_CASE("the tags of former drafts may stand around it") {
  auto outer = "d901f4"_hex; // 500
  const auto inner = corim_of(comid);
  outer.insert(outer.end(), inner.begin(), inner.end());
  CHECK(parse_corim(outer));
  check_refused(errc::unsupported, "d901f6 a0"_hex); // 502: signed
  check_refused(errc::malformed, comid);
}

TEST_CASE("every proper prefix of a CoRIM is truncated, and a byte behind it trailing") {
  const auto good = corim_of(comid);
  check_prefixes(good, [](byte_view input) { return parse_corim(input); });
  check_trailing(good, "corim at byte " + std::to_string(good.size()),
                 [](byte_view input) { return parse_corim(input); });
  for (std::size_t n = 0; n < comid.size(); ++n)
    CHECK(parse_corim(corim_of({comid.begin(), comid.begin() + static_cast<std::ptrdiff_t>(n)}))
            .error()
            .code
          == errc::truncated);
  auto longer = comid;
  longer.push_back(0);
  check_refused(errc::trailing, corim_of(longer));
}

TEST_CASE("what is no CoRIM, or is not understood, is refused by its code") {
  check_refused(errc::unsupported, corim_of(comid, "18 63 00"_hex, 3)); // a member of another draft
  check_refused(errc::unsupported, corim_of(comid, "03 d818 41 00"_hex, 3)); // a profile of tag 24
  check_refused(errc::malformed, corim_of(comid, "00 6161"_hex, 3));         // two ids
  check_refused(errc::malformed, corim_of(comid, "04 a1 01 00"_hex, 3));     // a time without tag
  check_refused(errc::missing, corim_of(comid, "04 a1 00 c1 01"_hex, 3));    // no not-after
  check_refused(errc::missing, "d901f5 a1 00 6161"_hex);                     // no tags
  check_refused(errc::unsupported, "d901f5 a2 00 6161 01 81 d901f9 41 00"_hex);   // a CoSWID
  check_refused(errc::malformed, "d901f5 a2 00 41 00 01 80"_hex);                 // no UUID
  check_refused(errc::missing, "d901f5 a2 00 6161 01 80"_hex);                    // no values
  check_refused(errc::malformed, "d901f5 bf 00 6161 ff"_hex);                     // indefinite
  check_refused(errc::missing, corim_of("a1 04 a1 00 80"_hex));                   // no tag-identity
  check_refused(errc::unsupported, corim_of("a2 01 a1 00 6161 04 a1 01 80"_hex)); // endorsed values
  check_refused(errc::unsupported, corim_of("a2 01 a1 00 6161 03 80"_hex));       // linked tags
  check_refused(errc::unsupported, corim_of("a2 01 a1 00 6161 04 a1 20 80"_hex)); // triples -1
  check_refused(errc::unsupported, corim_of("a2 01 a1 00 6161 04 a1 61 61 80"_hex));
}

TEST_CASE("a value of one machine or group, or with a condition that is not judged, is refused") {
  const auto of = [](const bytes& environment) {
    auto out = "a2 01 a1 00 6161 04 a1 00 81 82"_hex;
    out.insert(out.end(), environment.begin(), environment.end());
    const auto rest = "81 a1 01 a1 02 81 82 01 5820"_hex;
    out.insert(out.end(), rest.begin(), rest.end());
    out.resize(out.size() + 32);
    return corim_of(out);
  };
  CHECK(parse_corim(of("a1 00 a1 02 61 6d"_hex)));
  check_refused(errc::unsupported, of("a2 00 a1 02 61 6d 01 d90230 41 00"_hex)); // instance
  check_refused(errc::unsupported, of("a1 02 d90230 41 00"_hex));                // group
  check_refused(errc::missing, of("a0"_hex));
  check_refused(errc::unsupported, of("a1 00 a1 05 00"_hex));
  check_refused(errc::malformed, of("a1 00 a2 02 61 6d 02 61 6d"_hex));
}

TEST_CASE("what a measurement may be") {
  const auto sha256 = [](const std::string& algorithm, std::size_t size) {
    codec::cbor_writer out;
    out.map(1);
    out.integer(2);
    out.array(1);
    out.array(2);
    if (algorithm == "1")
      out.integer(1);
    else
      out.text(algorithm);
    out.byte_string(bytes(size, 1));
    return out.take();
  };
  CHECK(parse_corim(corim_of(comid_with(sha256("1", 32)))));
  CHECK(parse_corim(corim_of(comid_with(sha256("sha-384", 48)))));
  check_refused(errc::malformed, corim_of(comid_with(sha256("1", 31))));
  check_refused(errc::unsupported, corim_of(comid_with(sha256("sha-1", 20))));
  check_refused(errc::unsupported, corim_of(comid_with("a1 02 81 82 02 4100"_hex)));
  check_refused(errc::malformed, corim_of(comid_with("a1 02 80"_hex)));
  check_refused(errc::malformed, corim_of(comid_with("a1 02 81 81 01"_hex)));
  check_refused(errc::missing, corim_of(comid_with("a1 0b 6161"_hex)));
  check_refused(errc::unsupported, corim_of(comid_with("a1 01 03"_hex)));                    // svn
  check_refused(errc::unsupported, corim_of(comid_with("a1 04 d90233 82 41 00 41 00"_hex))); // mask
  check_refused(errc::unsupported, corim_of(comid_with(sha256("1", 32), "00 6161"_hex)));
  check_refused(errc::unsupported, corim_of(comid_with(sha256("1", 32), "02 80"_hex)));
}

TEST_CASE("what is too large is refused, and one less is not") {
  check_refused(errc::too_large, bytes(endorsement::max_corim_bytes + 1));
  const auto tags = [](std::size_t count) {
    codec::cbor_writer out;
    out.tag(501);
    out.map(2);
    out.integer(0);
    out.text("id");
    out.integer(1);
    out.array(count);
    for (std::size_t n = 0; n < count; ++n) {
      out.tag(506);
      out.byte_string(comid);
    }
    return out.take();
  };
  CHECK(parse_corim(tags(endorsement::max_corim_tags))->values.size() == 64);
  check_refused(errc::too_large, tags(endorsement::max_corim_tags + 1));
  const auto measurements = [](std::size_t count) {
    codec::cbor_writer out;
    out.raw("a2 01 a1 00 6161 04 a1 00 81 82 a1 00 a1 02 6154"_hex);
    out.array(count);
    for (std::size_t n = 0; n < count; ++n)
      out.raw("a1 01 a1 04 d90230 41 00"_hex);
    return out.take();
  };
  CHECK(parse_corim(corim_of(measurements(endorsement::max_corim_values))));
  check_refused(errc::too_large, corim_of(measurements(endorsement::max_corim_values + 1)));
}

TEST_CASE("the signature's header says who signs, and from when to when") {
  CHECK(meta_of("a1 01 26"_hex) == " - -");
  CHECK(meta_of("a2 01 26 08 46 a1 00 a1 00 61 76"_hex) == "v - -");
  CHECK(meta_of("a1 08 4c a1 00 a2 00 61 76 01 d820 62 613a"_hex) == "v - -");
  const auto limited = "56 a2 00 a1 00 61 76 01 a2 00 c1 1a 6553f100 01 c1 1a 65546180"_hex;
  auto header = "a1 08"_hex;
  header.insert(header.end(), limited.begin(), limited.end());
  CHECK(meta_of(header) == "v 2023-11-14T22:13:20Z 2023-11-15T06:13:20Z");
  header = "a2 0f a3 01 61 76 04 1a 6553f200 05 01 08"_hex; // claims that end before, and more
  header.insert(header.end(), limited.begin(), limited.end());
  CHECK(meta_of(header) == "v 2023-11-14T22:13:20Z 2023-11-14T22:17:36Z");
  CHECK(meta_of("a1 0f a1 04 fb 41d9 54fc 8000 0000"_hex) == "unsupported"); // no whole number
  CHECK(meta_of("a1 0f a2 04 01 04 02"_hex) == "malformed");
  CHECK(meta_of("a1 08 43 a1 02 00"_hex) == "unsupported");
  CHECK(meta_of("a1 08 41 a0"_hex) == "missing");
  CHECK(meta_of("a1 08 43 a1 00 a0"_hex) == "missing");
  CHECK(meta_of("a1 08 45 a1 00 a1 02 00"_hex) == "unsupported");
  CHECK(meta_of("a1 08 48 a2 00 a1 00 61 76 01 a0"_hex) == "missing");         // an end
  CHECK(meta_of("a1 08 4a a2 00 a1 00 61 76 01 a1 01 05"_hex) == "malformed"); // no time
  CHECK(meta_of("a1 08 a1 00 a1 00 61 76"_hex) == "malformed"); // not in a byte string
  CHECK(meta_of("a1 08 47 a1 00 a1 00 61 76 00"_hex) == "trailing");
  CHECK(meta_of("a1 19 0102 01"_hex) == "unsupported"); // a hash envelope
  check_prefixes("a2 01 26 08 46 a1 00 a1 00 61 76"_hex,
                 [](byte_view input) { return endorsement::parse_corim_meta(input); });
}

TEST_CASE("a signed CoRIM counts if a code signer under a root of ours has signed it") {
  const auto root = mint_root(ca_content("CoRIM CA"));
  const auto other = mint_root(ca_content("CoRIM CA"));
  const auto signer = mint(leaf_content("Vendor", std::string{crypto::eku::code_signing}), root);
  const auto server = mint(leaf_content("Server", std::string{crypto::eku::server_auth}), root);
  const auto sign = [](const identity& by, const bytes& payload, bool carries = true,
                       const bytes& protected_header = "a1 01 26"_hex) { // ES256
    const auto algorithm = by.key.default_algorithm();
    codec::cbor_writer to_be_signed;
    to_be_signed.array(4);
    to_be_signed.text("Signature1");
    to_be_signed.byte_string(protected_header);
    to_be_signed.byte_string({});
    to_be_signed.byte_string(payload);
    codec::cbor_writer out;
    out.tag(18);
    out.array(4);
    out.byte_string(protected_header);
    out.map(carries ? 1 : 0);
    if (carries) {
      out.integer(33);
      out.byte_string(by.certificate.der());
    }
    out.byte_string(payload);
    out.byte_string(*by.key.sign(algorithm, to_be_signed.take()));
    return out.take();
  };
  const auto code = [&](const bytes& message, const identity& under) {
    const std::vector roots{under.certificate};
    const auto read = endorsement::authenticate_corim(message, roots, minted_now);
    return read ? std::string{"ok"} : std::string{name(read.error().code)};
  };
  const auto good = sign(signer, corim_of(comid));
  CHECK(code(good, root) == "ok");
  auto outer = "d901f4 d901f6"_hex; // 500, 502
  outer.insert(outer.end(), good.begin(), good.end());
  CHECK(code(outer, root) == "ok");
  CHECK(code(good, other) == "untrusted");
  CHECK(code(sign(server, corim_of(comid)), root) == "untrusted");
  CHECK(code(sign(signer, corim_of(comid), false), root) == "missing");
  CHECK(code(sign(signer, bytes{1}), root) == "malformed");
  auto spoilt = good;
  spoilt.back() ^= 1;
  CHECK(code(spoilt, root) == "bad_signature");
  auto changed = good; // a byte of the last digest
  changed.at(good.size() - 70) ^= 1;
  CHECK(code(changed, root) == "bad_signature");
  const auto said = [&](const bytes& meta) { // by the signature
    codec::cbor_writer out;
    out.raw("a2 01 26 08"_hex);
    out.byte_string(meta);
    return sign(signer, corim_of(comid), true, out.take());
  };
  const auto limited = [](time_point begin, time_point end) {
    codec::cbor_writer out;
    out.raw("a2 00 a1 00 61 76 01 a2 00 c1"_hex);
    out.unsigned_integer(seconds_of(begin));
    out.raw("01 c1"_hex);
    out.unsigned_integer(seconds_of(end));
    return out.take();
  };
  const auto now = std::chrono::floor<std::chrono::seconds>(minted_now);
  CHECK(code(said(limited(now - 1h, now + 1h)), root) == "ok");
  CHECK(code(said(limited(now - 2h, now - 1h)), root) == "expired");
  CHECK(code(said(limited(now + 1h, now + 2h)), root) == "expired");
  CHECK(code(said("a0"_hex), root) == "missing");
  const auto read = endorsement::authenticate_corim(said(limited(now - 1h, now + 1h)),
                                                    std::vector{root.certificate}, minted_now);
  REQUIRE(read);
  CHECK(read->valid.not_after == now + 1h); // the CoRIM itself says nothing
  check_prefixes(good, [](byte_view input) { return parse_signed_corim(input); });
  CHECK(parse_signed_corim(bytes(endorsement::max_corim_bytes + 1)).error().code
        == errc::too_large);
}

TEST_SUITE_END();
