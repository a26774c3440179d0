#pragma once

#include "shared/collateral/depot.hpp"
#include "shared/device/simulated_intel.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/snp_vendor.hpp"

#include <map>
#include <string>
#include <vector>

namespace troth::testing {

/// The services of played vendors, and all that they were asked.
struct played_services {
  std::map<std::string, collateral::http_answer> pages; ///< By path.
  std::vector<std::string> asked;
  bool is_down = false;
  time_point now = minted_now;
  endorsement::trust_anchors trust; ///< The roots of whom they are of.

  /// Makes services that serve all of that.
  template <class... Vendors>
  static played_services of(const Vendors&... all) {
    played_services out;
    (out.serve(all), ...);
    return out;
  }

  /// Has them serve an item. @param issuers PEM, for those that come with some.
  void serve(const std::string& name, bytes body, const std::string& issuers = {}) {
    const auto question = minted(collateral::question_of(name));
    collateral::http_answer answer{200, std::move(body)};
    answer.place = "played";
    if (!question.issuers_header.empty())
      answer.headers[question.issuers_header] = issuers;
    pages[question.path] = answer;
  }

  void serve(const snp_chip& chip) {
    const auto& vendor = chip.vendor();
    trust.snp_roots.push_back(vendor.ark.certificate);
    serve(collateral::vcek_name(chip.report, chip.line), chip.vek().certificate.der());
    serve(collateral::authorities_name(chip.line, evidence::snp::signing_key::vcek),
          to_bytes(vendor.ask.certificate.pem() + vendor.ark.certificate.pem()));
    crypto::revocation_content list;
    list.this_update = minted_from;
    list.next_update = minted_until;
    list.signed_with = {signature_scheme::rsapss, hash_algorithm::sha384};
    serve(collateral::amd_list_name(chip.line, evidence::snp::signing_key::vcek),
          minted(crypto::issue_revocation_list(list, vendor.ark.certificate, vendor.ark.key)));
  }

  void serve(const device::simulated_platform& platform) {
    using collateral::intel_scope;
    const auto said = minted(platform.collateral());
    const auto is_tdx = platform.tee == device::intel_tee::tdx;
    const auto scope = is_tdx ? intel_scope::tdx : intel_scope::sgx;
    const auto& vendor = platform.vendor;
    trust.intel_roots.push_back(vendor.root.certificate);
    const auto root = vendor.root.certificate.pem();
    serve(collateral::tcb_info_name(scope, platform.extension.fmspc), said.tcb_info,
          vendor.tcb_signer.certificate.pem() + root);
    serve(collateral::identity_name(scope), said.qe_identity,
          vendor.tcb_signer.certificate.pem() + root);
    serve(std::string{collateral::intel_root_list_name}, said.root_ca_crl);
    serve(std::string{platform.extension.platform_instance_id ? collateral::platform_list_name
                                                              : collateral::processor_list_name},
          said.pck_crl, vendor.ca_of(platform.extension).certificate.pem() + root);
  }

  /// Has them serve the platform's PCK certificate to whoever names it so.
  void serve_pck(const device::simulated_platform& of,
                 const endorsement::intel::pck_identity& named) {
    serve(collateral::pck_name(named), to_bytes(of.pck.certificate.pem()),
          of.vendor.ca_of(of.extension).certificate.pem() + of.vendor.root.certificate.pem());
  }

  collateral::depot_ports ports() {
    const collateral::http_get get
      = [this](const std::string& path) -> result<collateral::http_answer> {
      asked.push_back(path);
      if (is_down)
        return error{errc::unavailable, "down"};
      const auto at = pages.find(path);
      return at != pages.end() ? at->second : collateral::http_answer{404, {}};
    };
    return {{{collateral::service::amd, get},
             {collateral::service::intel, get},
             {collateral::service::intel_pck, get}},
            [this] { return now; },
            {},
            trust};
  }
};

} // namespace troth::testing
