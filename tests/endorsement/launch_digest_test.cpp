#include "shared/base/hex.hpp"
#include "shared/endorsement/snp_launch.hpp"
#include "shared/endorsement/td_launch.hpp"
#include "tests/support/ovmf_image.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::endorsement;
using evidence::ovmf::parse_image;

namespace {

snp_launch launch(hypervisor by, std::size_t processors, std::string_view processor = {},
                  std::uint64_t features = 1) {
  snp_launch out;
  out.by = by;
  out.processors = processors;
  if (!processor.empty())
    out.processor_signature = *processor_signature(processor);
  out.guest_features = features;
  return out;
}

result<digest> measured(const ovmf_image& firmware, const snp_launch& how) {
  return snp_launch_digest(*parse_image(firmware.content()), how);
}

std::string measured_hex(const snp_launch& how) {
  const auto made = measured({}, how);
  return made ? hex(made->view()) : to_string(made.error());
}

std::string domain_hex(page_order order) {
  const ovmf_image firmware;
  const auto made = td_launch_digest(*parse_image(firmware.content()), order);
  return made ? hex(made->view()) : to_string(made.error());
}

std::string refusal(const result<digest>& made) {
  return made ? "none" : to_string(made.error());
}

} // namespace

TEST_SUITE_BEGIN("endorsement/launch_digest");

// What sev-snp-measure 0.0.13 makes of the same image.
TEST_CASE("an SNP guest's digest is what its firmware, processors and hypervisor lead to") {
  using enum hypervisor;
  CHECK(measured_hex(launch(qemu, 1, "EPYC-Milan"))
        == "4ee9331145139e5ce7baf0672757022c72600f287efde0b3"
           "00eec5baa59d5d6fd643007a63b2c9831118db98f8e791e8");
  CHECK(measured_hex(launch(qemu, 4, "EPYC-v4", 0x21))
        == "d7566b46543580bd8ecdfb9c77e98e72edd56cd54188c04c"
           "35632bacef3d37387a43af7fe67d0fcba1dab64d0b932602");
  CHECK(measured_hex(launch(ec2, 2))
        == "c2565ad3f2eade333856b14e1b8d614348ff0e91265cbf9c"
           "8171eaafdc5f6f804d0792d6716a3d06ae76a4453feb0a84");
  CHECK(measured_hex(launch(gce, 2))
        == "3c5173f85b4f241f0b643689d8b4e3745dab151277539766"
           "d7f524a8565c3cb4c1fe9587ea71754da6d5c9c1b8b74d93");
}

TEST_CASE("what is booted without a loader is in an SNP guest's digest") {
  const auto kernel = to_bytes("kernel");
  const auto initrd = to_bytes("initrd");
  auto how = launch(hypervisor::qemu, 2, "EPYC-Genoa");
  how.boots = {kernel, initrd, "root=/dev/vda ro"};
  CHECK(measured_hex(how)
        == "c08aaa0ef3a02a8faa2d8fd6cc6c5e32e33477398b0943fb"
           "595bd2bba839a32125019dd7dae57ee076e4fd60d2e5c262");
  how = launch(hypervisor::qemu, 1, "EPYC-Turin");
  how.boots = {kernel, {}, {}};
  CHECK(measured_hex(how)
        == "51dedf7df7467d803413e21af353be2c67af6db4de72f129"
           "78f14555412073e9ef81415789803982124e643d2b664215");
}

// Computed by the module's specification, apart from this code.
TEST_CASE("a trust domain's MRTD is over its pages and what they hold, in order") {
  CHECK(domain_hex(page_order::page_by_page)
        == "366b4c76ff8c497955eaf34f3a351fd67c059995a5dfc118"
           "2f0dbe7fc9d379bd17d35ab99999dae7c50f24c77ca45e8e");
  CHECK(domain_hex(page_order::section_by_section)
        == "596f39eeb042ed879353d8f93f816e782d8875ca0203796a"
           "82c00d859b25fbe9fc02a90124b1739fde425c4731998094");
}

TEST_CASE("processors are known by the names that QEMU has for them") {
  CHECK(*processor_signature("EPYC") == 0x800f12);
  CHECK(*processor_signature("EPYC-v3") == 0x800f12);
  CHECK(*processor_signature("EPYC-IBPB") == 0x800f12);
  CHECK(*processor_signature("EPYC-Rome-v2") == 0x830f10);
  CHECK(*processor_signature("EPYC-Milan-v1") == 0xa00f11);
  CHECK(*processor_signature("EPYC-Genoa") == 0xa10f10);
  CHECK(*processor_signature("EPYC-Turin") == 0xb00f00);
  for (const std::string name : {"", "epyc", "EPYC-", "EPYC-v", "EPYC-v0", "EPYC-Naples", "-v1"}) {
    CAPTURE(name);
    const auto found = processor_signature(name);
    REQUIRE(!found);
    CHECK(found.error().code == errc::unsupported);
  }
}

TEST_CASE("an SNP guest that cannot be started so has no digest") {
  using image = ovmf_image;
  auto how = launch(hypervisor::qemu, 0, "EPYC-Milan");
  CHECK(refusal(measured({}, how)) == "malformed: processors: none");
  how.processors = max_processors + 1;
  CHECK(refusal(measured({}, how)) == "too_large: processors: over 4096");

  image for_tdx;
  for_tdx.put(image::entry_at(2) + 2, 0, 8);
  how.processors = 1;
  CHECK(refusal(measured(for_tdx, how)) == "missing: ovmf.table: metadata for SEV-SNP");

  image alone;
  alone.put(image::entry_at(0) - 4, 0, 4);
  CHECK(measured(alone, how));
  how.processors = 2;
  CHECK(refusal(measured(alone, how)) == "missing: ovmf.table: where further processors start");
  alone.put(image::entry_at(0) + 2, 0, 8);
  CHECK(refusal(measured(alone, how)) == "missing: ovmf.table: where further processors start");
}

TEST_CASE("a kernel needs a place for its hashes in an SNP guest's firmware") {
  using image = ovmf_image;
  const auto kernel = to_bytes("kernel");
  auto how = launch(hypervisor::qemu, 1, "EPYC-Milan");
  how.boots = {kernel, {}, {}};
  constexpr auto section = image::snp_sections_at + 12 * 4;

  image no_section;
  no_section.put(section + 8, 1, 4);
  CHECK(refusal(measured(no_section, how))
        == "missing: ovmf.snp: a section for the kernel's hashes");
  image no_address;
  no_address.put(image::entry_at(1) + 2, 0, 8);
  CHECK(refusal(measured(no_address, how))
        == "missing: ovmf.table: the address of the kernel's hashes");
  const std::string elsewhere = "malformed: ovmf.snp: the kernel's hashes are not in their section";
  image long_section;
  long_section.put(section + 4, 0x2000, 4);
  CHECK(refusal(measured(long_section, how)) == elsewhere);
  image other_page;
  other_page.put(image::entry_at(1) - 4, 0x811c00, 4);
  CHECK(refusal(measured(other_page, how)) == elsewhere);
  image at_end;
  at_end.put(image::entry_at(1) - 4, 0x811000 - 176, 4);
  CHECK(measured(at_end, how));
  at_end.put(image::entry_at(1) - 4, 0x811000 - 175, 4);
  CHECK(refusal(measured(at_end, how)) == elsewhere);
}

TEST_CASE("a trust domain of which the image says too little has no MRTD") {
  using image = ovmf_image;
  const auto of = [](const image& firmware) {
    return refusal(td_launch_digest(*parse_image(firmware.content()), page_order::page_by_page));
  };
  image for_snp;
  for_snp.put(image::entry_at(3) + 2, 0, 8);
  CHECK(of(for_snp) == "missing: ovmf.table: metadata for TDX");
  const std::string unknown = "unsupported: ovmf.tdx: measures what is not in the image";
  image hand_off_block;
  hand_off_block.put(image::tdx_sections_at + 2 * 32 + 28, 1, 4);
  CHECK(of(hand_off_block) == unknown);
  image longer_than_its_data;
  longer_than_its_data.put(image::tdx_sections_at + 4, 0x1000, 4);
  CHECK(of(longer_than_its_data) == unknown);
}

TEST_SUITE_END();
