#include "shared/endorsement/hardware_references.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/eventlog/description.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace troth::endorsement {

namespace {

constexpr std::uint64_t mr_td = 0;
constexpr std::uint64_t first_rtmr = 1;
constexpr std::uint64_t mr_seam = 5;
constexpr auto td_hash = hash_algorithm::sha384;
constexpr std::uint64_t xfrm_legacy = 3; // x87 and SSE
constexpr std::uint64_t xfrm_avx = 4;

report::component value_of(std::string_view anchor, std::string name, digest is) {
  report::component out;
  out.type = "firmware";
  out.name = std::move(name);
  out.hashes = {is};
  out.properties = {{std::string{report::property_trust_anchor}, std::string{anchor}}};
  return out;
}

report::component register_value(std::uint64_t at, std::string name, digest is) {
  auto out = value_of("TDX", std::move(name), is);
  out.properties.push_back({std::string{report::property_index}, std::to_string(at)});
  return out;
}

/// Returns the name that policies have for a line: AMD's in small letters.
std::string policy_name(evidence::snp::product_line line) {
  std::string out{name(line)};
  out.front() = static_cast<char>(out.front() - 'A' + 'a');
  return out;
}

report::snp_guest_policy guest_policy_of(std::uint64_t policy) {
  namespace guest = evidence::snp::guest_policy;
  report::snp_guest_policy out;
  out.type = "SNP Policy";
  out.single_socket = (policy & guest::single_socket) != 0;
  out.debug = (policy & guest::debug) != 0;
  out.migration = (policy & guest::migrate_ma) != 0;
  out.smt = (policy & guest::smt) != 0;
  out.abi_major = static_cast<std::uint8_t>(policy >> 8U);
  out.abi_minor = static_cast<std::uint8_t>(policy);
  return out;
}

report::snp_version lowest_of(const evidence::snp::attestation_report& of,
                              evidence::snp::product_line line) {
  auto least = parts_of(of.current_tcb, line);
  for (const auto& tcb : {of.committed_tcb, of.launch_tcb, of.reported_tcb}) {
    const auto other = parts_of(tcb, line);
    least = {std::min(least.fmc, other.fmc), std::min(least.boot_loader, other.boot_loader),
             std::min(least.tee, other.tee), std::min(least.snp, other.snp),
             std::min(least.microcode, other.microcode)};
  }
  const auto& [major, minor, build] = std::min(of.current_version, of.committed_version);
  return {policy_name(line),
          {build, major, minor},
          {least.fmc, least.boot_loader, least.tee, least.snp, least.microcode}};
}

/// Adds the events of a log to reference values. @returns what they lead to, by register.
result<std::array<digest, 4>> add_events(const evidence::eventlog::event_log& log,
                                         std::vector<report::component>& values) {
  std::array<digest, 4> out{digest{td_hash}, digest{td_hash}, digest{td_hash}, digest{td_hash}};
  for (const auto& event : log.events) {
    if (!event.is_measured() || event.register_index < first_rtmr
        || event.register_index >= mr_seam)
      continue;
    const auto* measured = event.find_digest(td_hash);
    if (measured == nullptr)
      return error{errc::missing, "log: no SHA-384 at byte " + std::to_string(event.offset)};
    crypto::extend(out.at(event.register_index - first_rtmr), measured->view());
    values.push_back(
      register_value(event.register_index, std::string{name(event.type)}, *measured));
    values.back().description = evidence::eventlog::describe(event.type, event.data);
  }
  return out;
}

} // namespace

report::component launch_digest_value(const digest& is) {
  return value_of("SNP", "launch digest", is);
}

report::component mr_td_value(const digest& is) {
  return register_value(mr_td, "MRTD", is);
}

result<hardware_references<report::snp_policy>>
references_of(const evidence::snp::attestation_report& of,
              std::optional<evidence::snp::product_line> line) {
  const auto named = product_of(of);
  if (!named && !line)
    return error{errc::missing, "a product line: the report names none"};
  if (named && line && *named != *line)
    return error{errc::conflict, "the report is of " + std::string{name(*named)} + ", not "
                                   + std::string{name(*line)}};
  hardware_references<report::snp_policy> out;
  out.values = {launch_digest_value(*digest::from(hash_algorithm::sha384, of.measurement))};
  out.policy = {of.version,
                evidence::snp::newest_version,
                guest_policy_of(of.policy),
                {lowest_of(of, named.value_or(line.value_or(evidence::snp::product_line{})))}};
  return out;
}

hardware_references<report::sgx_policy> references_of(const evidence::sgx::quote& of) {
  namespace attribute = evidence::sgx::attribute;
  const auto& body = of.body;
  const auto has = [&](std::uint64_t bit) { return (body.flags & bit) != 0; };
  hardware_references<report::sgx_policy> out;
  out.values
    = {value_of("SGX", "MRENCLAVE", *digest::from(hash_algorithm::sha256, body.mr_enclave))};
  auto& policy = out.policy;
  policy.quote_version = of.header.version;
  policy.mr_signer = copy(body.mr_signer);
  policy.isv_svn = body.isv_svn;
  policy.attributes = {has(attribute::init),
                       has(attribute::debug),
                       has(attribute::mode64bit),
                       has(attribute::provision_key),
                       has(attribute::einittoken_key),
                       has(attribute::kss),
                       (body.xfrm & (xfrm_legacy | xfrm_avx)) == xfrm_legacy,
                       (body.xfrm & xfrm_avx) != 0};
  return out;
}

result<hardware_references<report::tdx_policy>>
references_of(const evidence::tdx::quote& of, const evidence::eventlog::event_log* log) {
  namespace attribute = evidence::tdx::td_attribute;
  const auto& body = of.body;
  hardware_references<report::tdx_policy> out;
  out.values = {mr_td_value(*digest::from(td_hash, body.mr_td)),
                register_value(mr_seam, "MRSEAM", *digest::from(td_hash, body.mr_seam))};
  for (std::size_t at = 0; log == nullptr && at < body.rtmrs.size(); ++at)
    if (std::ranges::any_of(body.rtmrs.at(at), [](auto byte) { return byte != 0; }))
      return error{errc::conflict, "RTMR" + std::to_string(at) + " is not zero: its log is needed"};
  if (log != nullptr) {
    const auto led_to = add_events(*log, out.values);
    if (!led_to)
      return led_to.error();
    for (std::size_t at = 0; at < body.rtmrs.size(); ++at)
      if (!std::ranges::equal(led_to->at(at).view(), body.rtmrs.at(at)))
        return error{errc::conflict, "RTMR" + std::to_string(at) + ": the log leads to "
                                       + hex(led_to->at(at).view()) + ", the quote has "
                                       + hex(body.rtmrs.at(at))};
  }
  const auto has = [&](std::uint64_t bits) { return (body.td_attributes & bits) != 0; };
  auto& policy = out.policy;
  policy.quote_version = of.header.version;
  policy.td_id = {copy(body.mr_owner), copy(body.mr_owner_config), copy(body.mr_config_id)};
  for (unsigned byte = 0; byte < sizeof body.xfam; ++byte)
    policy.xfam.push_back(static_cast<std::uint8_t>(body.xfam >> (8 * byte)));
  policy.attributes = {has(attribute::debug), has(attribute::sept_ve_disable), has(attribute::pks),
                       has(attribute::kl)};
  return out;
}

} // namespace troth::endorsement
