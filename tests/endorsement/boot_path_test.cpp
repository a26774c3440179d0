#include "shared/endorsement/boot_path.hpp"

#include "shared/crypto/hash.hpp"
#include "tests/support/pe_image.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace troth;
using namespace troth::testing;

namespace {

constexpr std::array sha256_only{hash_algorithm::sha256};

digest sha256(byte_view of) {
  return crypto::hash(hash_algorithm::sha256, of);
}

const std::vector<minted_section> unified{{".text", bytes(100, 1), 0},
                                          {".sbat", to_bytes("sbat"), 0},
                                          {".cmdline", to_bytes("quiet"), 0},
                                          {".pcrsig", to_bytes("signature"), 0},
                                          {".linux", bytes(512, 3), 600}};

} // namespace

TEST_SUITE_BEGIN("endorsement/boot_path");

TEST_CASE("a unified kernel's sections are measured in the stub's order, each with its name") {
  const pe_image minted{unified};
  const auto image = evidence::pe::parse_image(minted.content());
  REQUIRE(image);
  const auto events = endorsement::unified_kernel(*image, sha256_only);
  REQUIRE(events);
  auto linux_in_memory = bytes(512, 3);
  linux_in_memory.resize(600);
  const std::vector<bytes> expected{{'.', 'l', 'i', 'n', 'u', 'x', 0},
                                    linux_in_memory,
                                    {'.', 'c', 'm', 'd', 'l', 'i', 'n', 'e', 0},
                                    to_bytes("quiet"),
                                    {'.', 's', 'b', 'a', 't', 0},
                                    to_bytes("sbat")};
  REQUIRE(events->size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK((*events)[i].pcr == 11);
    CHECK((*events)[i].value.hashes == std::vector{sha256(expected[i])});
    CHECK(*(*events)[i].value.find_property("cmc.index") == "11");
  }
}

TEST_CASE("an image without a kernel is no unified kernel image") {
  const pe_image minted{{{".text", bytes(10, 1), 0}, {".cmdline", to_bytes("quiet"), 0}}};
  const auto image = evidence::pe::parse_image(minted.content());
  REQUIRE(image);
  CHECK(endorsement::unified_kernel(*image, sha256_only).error().code == errc::missing);
}

TEST_CASE("an image that the firmware starts is in PCR 4 by its Authenticode hash, in each bank") {
  const pe_image plain{unified};
  const pe_image with_signature{unified, {}, bytes(16, 5)};
  constexpr std::array banks{hash_algorithm::sha256, hash_algorithm::sha384};
  const auto of = [&](const pe_image& each) {
    return endorsement::started_image(*evidence::pe::parse_image(each.content()), "a.efi", banks);
  };
  const auto event = of(plain);
  CHECK(event.pcr == 4);
  REQUIRE(event.value.hashes.size() == 2);
  CHECK(event.value.hashes[1].algorithm() == hash_algorithm::sha384);
  CHECK(event.value.hashes == of(with_signature).value.hashes);
  CHECK(event.value.hashes[0] != sha256(plain.content())); // not of the file as it is
}

TEST_CASE("a command line is UTF-16 with its zero for systemd, and bytes for GRUB") {
  const auto line = endorsement::systemd_command_line("ro", sha256_only);
  REQUIRE(line);
  CHECK(line->pcr == 12);
  CHECK(line->value.hashes == std::vector{sha256(bytes{'r', 0, 'o', 0, 0, 0})});
  CHECK(endorsement::systemd_command_line("\x01", sha256_only).error().code == errc::malformed);
  const auto grub = endorsement::grub_command_line("/vmlinuz ro", sha256_only);
  CHECK(grub.pcr == 8);
  CHECK(grub.value.hashes == std::vector{sha256(to_bytes("/vmlinuz ro"))});
  const auto file = endorsement::grub_file(to_bytes("kernel"), "vmlinuz", sha256_only);
  CHECK(file.pcr == 9);
  CHECK(file.value.hashes == std::vector{sha256(to_bytes("kernel"))});
}

TEST_SUITE_END();
