#include "shared/endorsement/snp_save_area.hpp"

#include <cstddef>

namespace troth::endorsement {

namespace {

/// Where registers are in the page.
enum register_at : std::size_t {
  at_es = 0x000,
  at_cs = 0x010,
  at_ss = 0x020,
  at_ds = 0x030,
  at_fs = 0x040,
  at_gs = 0x050,
  at_gdtr = 0x060,
  at_ldtr = 0x070,
  at_idtr = 0x080,
  at_tr = 0x090,
  at_efer = 0x0d0,
  at_cr4 = 0x148,
  at_cr0 = 0x158,
  at_dr7 = 0x160,
  at_dr6 = 0x168,
  at_rflags = 0x170,
  at_rip = 0x178,
  at_g_pat = 0x268,
  at_rdx = 0x310,
  at_sev_features = 0x3b0,
  at_xcr0 = 0x3e8,
  at_mxcsr = 0x408,
  at_x87_fcw = 0x410,
};

/// What hypervisors do not agree on.
struct differences {
  std::uint16_t cs = 0x9b; ///< Attributes. Likewise:
  std::uint16_t ss = 0x93;
  std::uint16_t tr = 0x8b;
  std::uint64_t g_pat = 0x7040600070406;
  std::uint64_t rdx = 0x600;
  std::uint32_t mxcsr = 0;
  std::uint16_t x87_fcw = 0;
};

differences differences_of(const snp_launch& how, std::uint32_t reset_address) {
  differences out;
  switch (how.by) {
  case hypervisor::qemu:
    out.rdx = how.processor_signature;
    out.mxcsr = 0x1f80;
    out.x87_fcw = 0x37f;
    break;
  case hypervisor::ec2:
    out.cs = reset_address == first_reset_address ? 0x9a : 0x9b;
    out.ss = 0x92;
    out.tr = 0x83;
    break;
  case hypervisor::gce:
    out.g_pat = 0x70106;
    break;
  }
  return out;
}

class save_area {
public:
  void put(std::size_t at, std::uint64_t value, std::size_t size = 8) {
    for (std::size_t i = 0; i < size; ++i)
      page_.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }

  /// Puts a segment with the limit that all have.
  void put_segment(std::size_t at, std::uint16_t attributes, std::uint16_t selector = 0,
                   std::uint64_t base = 0) {
    put(at, selector, 2);
    put(at + 2, attributes, 2);
    put(at + 4, 0xffff, 4);
    put(at + 8, base);
  }

  const guest_page& page() const { return page_; }

private:
  guest_page page_{};
};

} // namespace

guest_page snp_save_area(const snp_launch& how, std::uint32_t reset_address) {
  const auto own = differences_of(how, reset_address);
  save_area out;
  for (const auto at : {at_es, at_ds, at_fs, at_gs})
    out.put_segment(at, 0x93);
  out.put_segment(at_cs, own.cs, 0xf000, reset_address & 0xffff0000U);
  out.put_segment(at_ss, own.ss);
  out.put_segment(at_gdtr, 0);
  out.put_segment(at_ldtr, 0x82);
  out.put_segment(at_idtr, 0);
  out.put_segment(at_tr, own.tr);
  out.put(at_efer, 0x1000); // SVME: KVM enables it
  out.put(at_cr4, 0x40);    // MCE: likewise
  out.put(at_cr0, 0x10);
  out.put(at_dr7, 0x400);
  out.put(at_dr6, 0xffff0ff0);
  out.put(at_rflags, 2);
  out.put(at_rip, reset_address & 0xffffU);
  out.put(at_g_pat, own.g_pat);
  out.put(at_rdx, own.rdx);
  out.put(at_sev_features, how.guest_features);
  out.put(at_xcr0, 1);
  out.put(at_mxcsr, own.mxcsr, 4);
  out.put(at_x87_fcw, own.x87_fcw, 2);
  return out.page();
}

} // namespace troth::endorsement
