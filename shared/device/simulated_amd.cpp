#include "shared/device/simulated_amd.hpp"

#include "shared/endorsement/simulated.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace troth::device {

namespace {

using endorsement::vek_extensions;
using evidence::snp::product_line;

constexpr signature_algorithm ps384{signature_scheme::rsapss, hash_algorithm::sha384};
constexpr signature_algorithm es384{signature_scheme::ecdsa, hash_algorithm::sha384};

crypto::certificate_content amd_content(std::string name, time_point not_before,
                                        time_point not_after) {
  crypto::certificate_content out;
  out.subject = {std::move(name), std::string{endorsement::simulated_organization}};
  out.not_before = not_before;
  out.not_after = not_after;
  out.signed_with = ps384;
  return out;
}

crypto::certificate_content amd_authority(std::string name, time_point not_before,
                                          time_point not_after) {
  auto out = amd_content(std::move(name), not_before, not_after);
  out.key_usages = {crypto::key_usage::certificate_sign, crypto::key_usage::crl_sign};
  out.ca.emplace();
  return out;
}

bytes amd_der(std::uint8_t tag, byte_view value) {
  bytes out(2 + value.size());
  out[0] = tag;
  out[1] = static_cast<std::uint8_t>(value.size());
  std::ranges::copy(value, out.begin() + 2);
  return out;
}

bytes integer(std::uint8_t value) {
  const bytes padded{0, value};
  return amd_der(0x02, value < 0x80 ? byte_view{padded}.last(1) : byte_view{padded});
}

bytes text(const std::string& value) {
  return amd_der(0x16, to_bytes(value));
}

result<simulated_key> certify(const crypto::certificate_content& what, const simulated_key& by,
                              crypto::key_kind kind) {
  auto key = crypto::private_key::generate(kind);
  if (!key)
    return key.error();
  auto made = crypto::issue(what, key->public_half(), by.certificate, by.key);
  if (!made)
    return made.error();
  return simulated_key{*std::move(key), *std::move(made)};
}

} // namespace

crypto::certificate_content simulated_vek_content(const vek_extensions& of, product_line line,
                                                  time_point not_before, time_point not_after) {
  const bool is_vlek = of.csp_id.has_value();
  auto out = amd_content(is_vlek ? "SEV-VLEK" : "SEV-VCEK", not_before, not_after);
  out.serial = {0}; // as AMD's
  const std::string arc = "1.3.6.1.4.1.3704.1.";
  out.more = {{arc + "1", false, integer(of.struct_version)},
              {arc + "2", false, text(of.product_name)},
              {arc + "3.1", false, integer(of.tcb.boot_loader)},
              {arc + "3.2", false, integer(of.tcb.tee)},
              {arc + "3.3", false, integer(of.tcb.snp)},
              {arc + "3.8", false, integer(of.tcb.microcode)}};
  if (line == product_line::turin)
    out.more.push_back({arc + "3.9", false, integer(of.tcb.fmc)});
  if (of.hardware_id)
    out.more.push_back({arc + "4", false, *of.hardware_id});
  if (of.csp_id)
    out.more.push_back({arc + "5", false, text(*of.csp_id)});
  return out;
}

result<simulated_amd> simulated_amd::make(product_line line, time_point not_before,
                                          time_point not_after) {
  const std::string product{name(line)};
  auto root_key = crypto::private_key::generate(crypto::key_kind::rsa2048);
  if (!root_key)
    return root_key.error();
  auto root = crypto::self_sign(amd_authority("ARK-" + product, not_before, not_after), *root_key);
  if (!root)
    return root.error();
  const simulated_key ark{*std::move(root_key), *std::move(root)};
  auto ask = certify(amd_authority("SEV-" + product, not_before, not_after), ark,
                     crypto::key_kind::rsa2048);
  if (!ask)
    return ask.error();
  auto asvk = certify(amd_authority("SEV-VLEK-" + product, not_before, not_after), ark,
                      crypto::key_kind::rsa2048);
  if (!asvk)
    return asvk.error();
  return simulated_amd{line, ark, *std::move(ask), *std::move(asvk)};
}

result<simulated_key> simulated_amd::make_vek(const vek_extensions& of, time_point not_before,
                                              time_point not_after) const {
  return certify(simulated_vek_content(of, line, not_before, not_after), of.csp_id ? asvk : ask,
                 crypto::key_kind::p384);
}

result<bytes> sign_report(evidence::snp::attestation_report report,
                          const crypto::private_key& vek) {
  const auto unsigned_bytes = write_report(report);
  auto signature = vek.sign(es384, byte_view{unsigned_bytes}.first(evidence::snp::signed_size));
  if (!signature)
    return signature;
  report.signature = *std::move(signature);
  return write_report(report);
}

} // namespace troth::device
