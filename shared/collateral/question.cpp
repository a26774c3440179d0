#include "shared/collateral/question.hpp"

#include "shared/base/bytes.hpp"
#include "shared/base/hex.hpp"
#include "shared/base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace troth::collateral {

namespace {

using evidence::snp::product_line;
using evidence::snp::signing_key;

constexpr std::size_t max_name_bytes = 1024;
constexpr std::size_t max_shown_bytes = 240;
constexpr std::size_t hardware_id_digits = 128;
constexpr std::size_t turin_id_digits = 16;
constexpr std::size_t fmspc_digits = 12;
constexpr std::size_t encrypted_ppid_digits = 768; // RSA-3072: the one that Intel's service takes
constexpr std::size_t id_digits = 32;
constexpr std::size_t number_digits = 4;
constexpr std::string_view no_encrypted_ppid = "-";
constexpr std::size_t pck_parts = 7;
constexpr std::string_view certification = "/certification/v4/";

/// Lower-case hex of just that many digits.
bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string_view family_of(signing_key key) {
  return key == signing_key::vlek ? "vlek" : "vcek";
}

std::string spl_query(const evidence::snp::tcb_parts& tcb, product_line line) {
  auto out = "?blSPL=" + std::to_string(tcb.boot_loader) + "&teeSPL=" + std::to_string(tcb.tee)
             + "&snpSPL=" + std::to_string(tcb.snp) + "&ucodeSPL=" + std::to_string(tcb.microcode);
  if (line == product_line::turin)
    out += "&fmcSPL=" + std::to_string(tcb.fmc);
  return out;
}

/// `amd.LINE.vcek.CHIP.TCB`, `amd.LINE.vcek-chain`, `amd.LINE.vcek-list`, and those of a VLEK.
std::optional<question> amd_question(std::span<const std::string_view> parts) {
  if (parts.size() < 3)
    return std::nullopt;
  const auto line = evidence::snp::product_named(parts[1]);
  if (!line || parts[1] != name(*line))
    return std::nullopt;
  question out;
  out.of = service::amd;
  for (const auto* family : {"vcek", "vlek"}) {
    const auto base = '/' + std::string{family} + "/v1/" + std::string{parts[1]} + '/';
    if (parts.size() == 3 && parts[2] == std::string{family} + "-chain") {
      out.kind = item_kind::authorities;
      out.path = base + "cert_chain";
      return out;
    }
    if (parts.size() == 3 && parts[2] == std::string{family} + "-list") {
      out.kind = item_kind::revocation_list;
      out.path = base + "crl";
      out.issued_by = {"amd." + std::string{parts[1]} + '.' + family + "-chain"};
      return out;
    }
  }
  const auto digits = *line == product_line::turin ? turin_id_digits : hardware_id_digits;
  evidence::snp::tcb_version tcb{};
  if (parts.size() != 5 || parts[2] != "vcek" || !is_hex(parts[3], digits)
      || !is_hex(parts[4], 2 * tcb.size()))
    return std::nullopt;
  const auto read = from_hex(parts[4]);
  std::ranges::copy(*read, tcb.begin());
  out.kind = item_kind::vek;
  out.issued_by = {authorities_name(*line, signing_key::vcek)};
  out.path = "/vcek/v1/" + std::string{parts[1]} + '/' + std::string{parts[3]}
             + spl_query(evidence::snp::parts_of(tcb, *line), *line);
  return out;
}

std::string selection(const choices& chosen) {
  return chosen.evaluation_number != 0
           ? "tcbEvaluationDataNumber=" + std::to_string(chosen.evaluation_number)
           : "update=" + chosen.update;
}

/// `intel.pck.ENCRYPTED-PPID.CPUSVN.PCESVN.PCEID.QEID`; numbers little-endian. Without an encrypted
/// PPID only a cache that knows the QE's id can tell.
std::optional<question> pck_question(std::span<const std::string_view> parts) {
  const auto has_ppid = parts[2] != no_encrypted_ppid;
  if ((has_ppid && !is_hex(parts[2], encrypted_ppid_digits)) || !is_hex(parts[3], id_digits)
      || !is_hex(parts[4], number_digits) || !is_hex(parts[5], number_digits)
      || !is_hex(parts[6], id_digits))
    return std::nullopt;
  question out;
  out.of = service::intel_pck;
  out.kind = item_kind::pck;
  out.path = "/sgx" + std::string{certification} + "pckcert?";
  if (has_ppid)
    out.path += "encrypted_ppid=" + std::string{parts[2]} + '&';
  out.path += "cpusvn=" + std::string{parts[3]} + "&pcesvn=" + std::string{parts[4]}
              + "&pceid=" + std::string{parts[5]} + "&qeid=" + std::string{parts[6]};
  out.issuers_header = "sgx-pck-certificate-issuer-chain";
  return out;
}

/// `intel.TEE.tcb.FMSPC`, `intel.TEE.qe`, `intel.root-list`, `intel.pck-list.CA`.
std::optional<question> intel_question(std::span<const std::string_view> parts,
                                       const choices& chosen) {
  question out;
  out.of = service::intel;
  if (parts.size() == 2 && parts[1] == "root-list") {
    out.kind = item_kind::revocation_list;
    out.of = chosen.has_root_list_host ? service::intel_root_list : service::intel;
    out.path = chosen.has_root_list_host ? "/IntelSGXRootCA.der"
                                         : "/sgx" + std::string{certification} + "rootcacrl";
    out.issued_by = {std::string{platform_list_name}, std::string{processor_list_name},
                     identity_name(intel_scope::sgx), identity_name(intel_scope::tdx)};
    return out;
  }
  if (parts.size() == pck_parts && parts[1] == "pck")
    return pck_question(parts);
  if (parts.size() != 3 && parts.size() != 4)
    return std::nullopt;
  if (parts.size() == 3 && parts[1] == "pck-list"
      && (parts[2] == "platform" || parts[2] == "processor")) {
    out.kind = item_kind::revocation_list;
    out.path = "/sgx" + std::string{certification} + "pckcrl?ca=" + std::string{parts[2]}
               + "&encoding=der";
    out.issuers_header = "sgx-pck-crl-issuer-chain";
    return out;
  }
  if (parts[1] != "sgx" && parts[1] != "tdx")
    return std::nullopt;
  const auto base = '/' + std::string{parts[1]} + std::string{certification};
  if (parts.size() == 3 && parts[2] == "qe") {
    out.kind = item_kind::qe_identity;
    out.path = base + "qe/identity?" + selection(chosen);
    out.issuers_header = "sgx-enclave-identity-issuer-chain";
    return out;
  }
  if (parts.size() == 4 && parts[2] == "tcb" && is_hex(parts[3], fmspc_digits)) {
    out.kind = item_kind::tcb_info;
    out.path = base + "tcb?fmspc=" + std::string{parts[3]} + '&' + selection(chosen);
    out.issuers_header = "tcb-info-issuer-chain";
    return out;
  }
  return std::nullopt;
}

} // namespace

std::string_view name(service which) noexcept {
  switch (which) {
  case service::amd:
    return "amd";
  case service::intel:
    return "intel";
  case service::intel_root_list:
    return "intel-root-list";
  case service::intel_pck:
    return "intel-pck";
  }
  return {};
}

result<question> question_of(std::string_view name, const choices& chosen) {
  const error unknown{errc::malformed, "collateral: no item has the name \""
                                         + std::string{name.substr(0, max_shown_bytes)} + '"'};
  if (name.size() > max_name_bytes)
    return unknown;
  const auto parts = split(name, '.');
  auto out = parts[0] == "amd"     ? amd_question(parts)
             : parts[0] == "intel" ? intel_question(parts, chosen)
                                   : std::nullopt;
  if (!out)
    return unknown;
  out->name = name;
  return *std::move(out);
}

std::string vcek_name(const evidence::snp::attestation_report& report, product_line line) {
  const byte_view id{report.chip_id};
  return "amd." + std::string{name(line)} + ".vcek."
         + hex(line == product_line::turin ? id.first(turin_id_digits / 2) : id) + '.'
         + hex(report.reported_tcb);
}

std::string authorities_name(product_line line, signing_key of) {
  return "amd." + std::string{name(line)} + '.' + std::string{family_of(of)} + "-chain";
}

std::string amd_list_name(product_line line, signing_key of) {
  return "amd." + std::string{name(line)} + '.' + std::string{family_of(of)} + "-list";
}

std::string tcb_info_name(intel_scope scope, const std::array<std::uint8_t, 6>& fmspc) {
  return (scope == intel_scope::tdx ? "intel.tdx.tcb." : "intel.sgx.tcb.") + hex(fmspc);
}

std::string identity_name(intel_scope scope) {
  return scope == intel_scope::tdx ? "intel.tdx.qe" : "intel.sgx.qe";
}

std::string pck_name(const endorsement::intel::pck_identity& named) {
  const std::array pce_svn{static_cast<std::uint8_t>(named.pce_svn & 0xff),
                           static_cast<std::uint8_t>(named.pce_svn >> 8)};
  auto ppid = hex(named.encrypted_ppid);
  if (ppid.size() != encrypted_ppid_digits)
    ppid = no_encrypted_ppid;
  return "intel.pck." + ppid + '.' + hex(named.cpu_svn) + '.' + hex(pce_svn) + '.'
         + hex(named.pce_id.value_or(std::array<std::uint8_t, 2>{})) + '.' + hex(named.qe_id);
}

} // namespace troth::collateral
