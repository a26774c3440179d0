#include "shared/endorsement/provisioned_values.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::endorsement;

namespace {

std::string json(const std::string& anchor, const std::string& index,
                 const std::string& hashes = R"({"alg":"SHA-256","content":")"
                                             + std::string(64, '1') + R"("})") {
  return R"({"type":"firmware","name":"x","hashes":[)" + hashes
         + R"(],"properties":[{"name":"cmc.ta","value":")" + anchor
         + R"("},{"name":"cmc.index","value":")" + index + R"("}]})";
}

errc code_of(const std::string& text) {
  const auto read = parse_provisioned_value(text);
  return read ? errc{} : read.error().code;
}

corim corim_of(corim_value value, std::string profile = {}) {
  return {"id", std::move(profile), {}, {std::move(value)}};
}

corim_value value_of(std::string model, std::optional<std::uint64_t> key) {
  corim_value out;
  out.model = std::move(model);
  out.key = key;
  out.digests = {*digest::from(hash_algorithm::sha256, bytes(32, 1))};
  return out;
}

} // namespace

TEST_SUITE_BEGIN("endorsement/provisioned_values");

TEST_CASE("a value is read as a manifest has it, need not occur, and is written one way") {
  const auto read = parse_provisioned_value(json("TPM", "4"));
  REQUIRE(read);
  CHECK(read->optional);
  CHECK(read->hashes.size() == 1);
  const auto again = parse_provisioned_value(write_provisioned_value(*read));
  REQUIRE(again);
  CHECK(*again == *read);
  CHECK(write_provisioned_value(*again) == write_provisioned_value(*read));
}

TEST_CASE("what could never be met is refused") {
  for (const auto* anchor : {"SNP", "SGX", "SW"})
    CHECK(code_of(json(anchor, "")) == errc{});
  CHECK(code_of(json("TDX", "5")) == errc{});
  CHECK(code_of(json("TDX", "6")) == errc::malformed);
  CHECK(code_of(json("TPM", "24")) == errc::malformed);
  CHECK(code_of(json("TPM", "x")) == errc::malformed);
  CHECK(code_of(json("vTPM", "1")) == errc::unsupported);
  CHECK(code_of(json("TPM", "4", "")) == errc::missing);
  CHECK(code_of(json("TPM", "4", R"({"alg":"MD5","content":"00"})")) == errc::missing);
  CHECK(code_of(R"({"type":"firmware","name":"x"})") == errc::missing);
  CHECK(code_of(R"({"name":"x"})") == errc::missing);
  CHECK(code_of("{") == errc::truncated);
}

TEST_CASE("the values of a CoRIM become components of their trust anchor") {
  auto value = value_of("TPM", 7);
  value.vendor = "Vendor";
  value.version = "2";
  const auto made = provisioned_values(corim_of(value));
  REQUIRE(made);
  REQUIRE(made->size() == 1);
  const auto& one = made->front();
  CHECK(one.name == "Vendor TPM");
  CHECK(one.version == "2");
  CHECK(one.description == "CoRIM id");
  CHECK(one.optional);
  CHECK(one.hashes == value.digests);
  CHECK(*one.find_property(report::property_trust_anchor) == "TPM");
  CHECK(*one.find_property(report::property_index) == "7");
  value.name = "shim";
  CHECK(provisioned_values(corim_of(value))->front().name == "shim");
  CHECK(provisioned_values(corim_of(value_of("SGX", {}))));
}

TEST_CASE("AMD's launch measurement is a reference value of SNP, as a digest or raw") {
  const std::string profile = "tag:amd.com,2024:snp-corim-profile";
  auto value = value_of("any", 641);
  CHECK(*provisioned_values(corim_of(value, profile))
           ->front()
           .find_property(report::property_trust_anchor)
        == "SNP");
  value.digests.clear();
  value.raw_value = bytes(48, 7);
  CHECK(provisioned_values(corim_of(value, profile))->front().hashes
        == std::vector{*digest::from(hash_algorithm::sha384, bytes(48, 7))});
  value.raw_value = bytes(47, 7);
  CHECK(provisioned_values(corim_of(value, profile)).error().code == errc::malformed);
  CHECK(provisioned_values(corim_of(value_of("any", 2), profile)).error().code
        == errc::unsupported);
  CHECK(provisioned_values(corim_of(value_of("any", {}), profile)).error().code
        == errc::unsupported);
}

TEST_CASE("values of a CoRIM that are of nothing we measure are refused, all of them") {
  const auto code = [](const corim_value& value) {
    return provisioned_values(corim_of(value)).error().code;
  };
  CHECK(code(value_of("phone", 1)) == errc::unsupported);
  CHECK(code(value_of("TPM", 24)) == errc::malformed);
  CHECK(code(value_of("TPM", {})) == errc::malformed);
  CHECK(code(value_of("SNP", 1)) == errc::unsupported);
  auto raw = value_of("TPM", 1);
  raw.raw_value = bytes(32);
  CHECK(code(raw) == errc::unsupported);
  auto several = corim_of(value_of("TPM", 1));
  several.values.push_back(value_of("phone", 1));
  CHECK(!provisioned_values(several));
}

TEST_SUITE_END();
