#include "shared/endorsement/snp_vek.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/snp_vendor.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using endorsement::authenticate_report;
using endorsement::is_of_chip;
using endorsement::is_of_tcb;
using endorsement::read_vek_extensions;
using evidence::snp::product_line;

namespace {

constexpr auto arc = "1.3.6.1.4.1.3704.1.";

/// Reads a VEK certificate with one extension put, changed or (without a value) left out.
result<endorsement::vek_extensions> read_with(const std::string& tail, const bytes& value) {
  const snp_chip chip;
  auto content = device::simulated_vek_content(chip.extensions, chip.line, minted_from,
                                               minted_until);
  content.signed_with.reset();
  std::erase_if(content.more, [&](const auto& each) { return each.oid == arc + tail; });
  if (!value.empty())
    content.more.push_back({arc + tail, false, value});
  return read_vek_extensions(mint_root(content).certificate);
}

errc refusal(const std::string& tail, const bytes& value) {
  const auto read = read_with(tail, value);
  REQUIRE_FALSE(read);
  return read.error().code;
}

} // namespace

TEST_SUITE_BEGIN("endorsement/snp_vek");

TEST_CASE("the extensions of a VCEK and of a VLEK are read") {
  for (const auto line : {product_line::milan, product_line::genoa, product_line::turin}) {
    snp_chip chip{line};
    auto read = read_vek_extensions(chip.vek().certificate);
    REQUIRE(read);
    CHECK(read->struct_version == 0);
    CHECK(read->product_name == std::string{name(line)} + "-B0");
    CHECK(read->tcb == chip.extensions.tcb);
    CHECK(read->hardware_id == chip.extensions.hardware_id);
    CHECK(read->kind() == evidence::snp::signing_key::vcek);
    read = read_vek_extensions(chip.use_vlek().vek().certificate);
    REQUIRE(read);
    CHECK(read->csp_id == "CN=cc.example.com");
    CHECK(read->kind() == evidence::snp::signing_key::vlek);
  }
}

TEST_CASE("a hardware id may stand in an OCTET STRING") {
  auto wrapped = bytes{0x04, 64};
  wrapped.resize(66, 0xab);
  const auto read = read_with("4", wrapped);
  REQUIRE(read);
  CHECK(read->hardware_id == bytes(64, 0xab));
}

TEST_CASE("a certificate that lacks an extension of a VEK is refused") {
  for (const auto* tail : {"1", "2", "3.1", "3.2", "3.3", "3.8"})
    CHECK(refusal(tail, {}) == errc::missing);
  CHECK(refusal("4", {}) == errc::malformed);               // neither hwID nor cspID
  CHECK(refusal("5", "1603616263"_hex) == errc::malformed); // both
}

TEST_CASE("a security version that is no INTEGER from 0 to 255 in its one form is refused") {
  CHECK(read_with("3.1", "020200ff"_hex)->tcb.boot_loader == 255);
  CHECK(refusal("3.1", "0201ff"_hex) == errc::malformed);     // negative
  CHECK(refusal("3.1", "02020001"_hex) == errc::malformed);   // padded
  CHECK(refusal("3.1", "02020100"_hex) == errc::malformed);   // 256
  CHECK(refusal("3.1", "0203000000"_hex) == errc::malformed); // three bytes
  CHECK(refusal("3.1", "040101"_hex) == errc::malformed);     // an OCTET STRING
  CHECK(refusal("3.1", "0201"_hex) == errc::truncated);
  CHECK(refusal("3.1", "02010100"_hex) == errc::trailing);
}

TEST_CASE("a text that is none, and a hardware id of another size, are refused") {
  CHECK(refusal("2", "1600"_hex) == errc::malformed);
  CHECK(refusal("2", "16010a"_hex) == errc::malformed);
  CHECK(refusal("2", "0c0161"_hex) == errc::malformed);
  CHECK(refusal("2", "1641"_hex) == errc::too_large);
  CHECK(refusal("4", bytes(63)) == errc::malformed);
  CHECK(refusal("4", bytes(66)) == errc::malformed);
}

TEST_CASE("a key is of a TCB only if every byte of it agrees, reserved ones too") {
  for (const auto line : {product_line::milan, product_line::turin}) {
    const snp_chip chip{line};
    CHECK(is_of_tcb(chip.extensions, chip.report, line));
    for (std::size_t at = 0; at < 8; ++at) {
      auto other = chip.report;
      ++other.reported_tcb[at];
      CHECK_FALSE(is_of_tcb(chip.extensions, other, line));
    }
  }
}

TEST_CASE("a VCEK is of a chip only if the whole id agrees; a masked id is nobody's") {
  for (const auto line : {product_line::milan, product_line::turin}) {
    const snp_chip chip{line};
    CHECK(is_of_chip(chip.extensions, chip.report));
    for (const std::size_t at : {0U, 7U, 8U, 63U}) {
      auto other = chip.report;
      ++other.chip_id[at];
      CHECK_FALSE(is_of_chip(chip.extensions, other));
    }
  }
  snp_chip masked;
  masked.report.chip_id.fill(0);
  masked.extensions.hardware_id = bytes(64);
  CHECK_FALSE(is_of_chip(masked.extensions, masked.report));
}

TEST_CASE("a report is authentic if its VEK signed it, and no byte of it may change") {
  const snp_chip chip;
  const auto vek = chip.vek();
  const auto good = minted(device::sign_report(chip.report, vek.key));
  const auto verify = [&](const bytes& input) {
    const auto parsed = evidence::snp::parse_report(input);
    return parsed && authenticate_report(*parsed, vek.certificate.key()).has_value();
  };
  CHECK(verify(good));
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    auto bad = good;
    bad[at] ^= 0x01;
    CHECK_FALSE(verify(bad));
  }
}

TEST_CASE("a report is refused that is signed otherwise than with ECDSA on P-384") {
  snp_chip chip;
  const auto vek = chip.vek();
  const auto refuse = [&](const crypto::public_key& key) {
    const auto report
      = evidence::snp::parse_report(minted(device::sign_report(chip.report, vek.key)));
    REQUIRE(report);
    const auto authentic = authenticate_report(*report, key);
    REQUIRE_FALSE(authentic);
    return authentic.error().code;
  };
  CHECK(refuse(minted(crypto::private_key::generate(crypto::key_kind::p384)).public_half())
        == errc::bad_signature);
  CHECK(refuse(minted(crypto::private_key::generate(crypto::key_kind::p256)).public_half())
        == errc::unsupported);
  chip.report.signing_key_id = 7;
  CHECK(refuse(vek.certificate.key()) == errc::bad_signature);
  chip.report.signature_algorithm = 2;
  CHECK(refuse(vek.certificate.key()) == errc::unsupported);
}

TEST_CASE("r and s in the other byte order, zero, or as large as the order are refused") {
  const snp_chip chip;
  const auto vek = chip.vek();
  auto report
    = minted(evidence::snp::parse_report(minted(device::sign_report(chip.report, vek.key))));
  const auto good = report.signature;
  const auto refused = [&](const bytes& r, const bytes& s) {
    report.signature = r;
    report.signature.insert(report.signature.end(), s.begin(), s.end());
    const auto authentic = authenticate_report(report, vek.certificate.key());
    return !authentic && authentic.error().code == errc::bad_signature;
  };
  const bytes r{good.begin(), good.begin() + 48};
  const bytes s{good.begin() + 48, good.end()};
  const bytes order = "ffffffffffffffffffffffffffffffffffffffffffffffff"
                      "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"_hex;
  CHECK_FALSE(refused(r, s));
  CHECK(refused({r.rbegin(), r.rend()}, {s.rbegin(), s.rend()}));
  CHECK(refused(s, r));
  CHECK(refused(bytes(48), s));
  CHECK(refused(r, bytes(48)));
  CHECK(refused(order, s));
  CHECK(refused(r, order));
  CHECK(refused(bytes(48, 0xff), s));
}

TEST_SUITE_END();
