#pragma once

#include "shared/device/simulated_amd.hpp"
#include "tests/support/minted.hpp"

namespace troth::testing {

/// The played AMD of a product line, made once: RSA keys take their time.
inline const device::simulated_amd& snp_vendor(evidence::snp::product_line line) {
  using evidence::snp::product_line;
  const auto make = [](product_line of) {
    return minted(device::simulated_amd::make(of, minted_from, minted_until));
  };
  if (line == product_line::turin) {
    static const auto turin = make(product_line::turin);
    return turin;
  }
  if (line == product_line::genoa) {
    static const auto genoa = make(product_line::genoa);
    return genoa;
  }
  static const auto milan = make(product_line::milan);
  return milan;
}

/// A chip, and what its firmware would say about a guest that is in good order.
struct snp_chip {
  evidence::snp::product_line line = evidence::snp::product_line::milan;
  endorsement::vek_extensions extensions;
  evidence::snp::attestation_report report;

  explicit snp_chip(evidence::snp::product_line of = evidence::snp::product_line::milan)
    : line(of) {
    const bool is_turin = of == evidence::snp::product_line::turin;
    const bool is_milan = of == evidence::snp::product_line::milan;
    extensions.product_name = std::string{name(of)} + "-B0";
    extensions.tcb = {static_cast<std::uint8_t>(is_turin ? 1 : 0), 4, 1, 24, 219};
    extensions.hardware_id = bytes(is_turin ? 8U : 64U, 0xc1);
    report.version = is_turin ? 5 : 3;
    report.policy = 0x30000; // SMT may be on
    report.signature_algorithm = evidence::snp::ecdsa_p384_sha384;
    report.processor = evidence::snp::processor{static_cast<std::uint8_t>(is_turin ? 0x1a : 0x19),
                                                static_cast<std::uint8_t>(is_milan ? 0x01 : 0x11),
                                                1};
    if (is_turin)
      report.mitigations.emplace();
    for (auto* tcb :
         {&report.current_tcb, &report.reported_tcb, &report.committed_tcb, &report.launch_tcb})
      *tcb = tcb_of(extensions.tcb, of);
    std::ranges::copy(*extensions.hardware_id, report.chip_id.begin());
    report.measurement.fill(0x3e);
    report.report_id.fill(0x1d);
    report.report_id_ma.fill(0xff);
    report.current_version = report.committed_version = {1, 55, 21};
  }

  /// Makes it one that signs with a provider's key.
  snp_chip& use_vlek() {
    extensions.hardware_id.reset();
    extensions.csp_id = "CN=cc.example.com";
    report.signing_key_id = static_cast<std::uint8_t>(evidence::snp::signing_key::vlek);
    return *this;
  }

  const device::simulated_amd& vendor() const { return snp_vendor(line); }

  device::simulated_key vek() const {
    return minted(vendor().make_vek(extensions, minted_from, minted_until));
  }
};

} // namespace troth::testing
