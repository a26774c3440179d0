#include "shared/collateral/amd_key_server.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace troth::collateral {

namespace {

using evidence::snp::attestation_report;
using evidence::snp::product_line;

constexpr std::size_t max_cached = std::size_t{256} * 1024;
constexpr auto silence = std::chrono::seconds{60}; // after it said: too many requests
constexpr int ok = 200;
constexpr int not_found = 404;
constexpr int too_many_requests = 429;

std::string hardware_id(const attestation_report& report, product_line line) {
  constexpr std::size_t turin_size = 8;
  const byte_view id{report.chip_id};
  return hex(line == product_line::turin ? id.first(turin_size) : id);
}

/// Whether a certificate is the VCEK of that report, and still good for a while.
bool fits(const crypto::certificate& vcek, const attestation_report& report, product_line line,
          time_point now) {
  const auto extensions = endorsement::read_vek_extensions(vcek);
  return extensions && is_of_tcb(*extensions, report, line) && is_of_chip(*extensions, report)
         && now < vcek.not_after();
}

std::optional<std::vector<bytes>> read_authorities(byte_view pem, time_point now) {
  constexpr std::size_t ask_and_ark = 2;
  const auto read = crypto::certificate::from_pem(to_text(pem));
  if (!read || read->size() != ask_and_ark)
    return std::nullopt;
  std::vector<bytes> out;
  for (const auto& one : *read) {
    if (!one.is_ca() || now >= one.not_after())
      return std::nullopt;
    out.push_back(one.der());
  }
  return out;
}

} // namespace

std::string vcek_path(const attestation_report& report, product_line line) {
  const auto tcb = parts_of(report.reported_tcb, line);
  auto out = "/vcek/v1/" + std::string{name(line)} + '/' + hardware_id(report, line)
             + "?blSPL=" + std::to_string(tcb.boot_loader) + "&teeSPL=" + std::to_string(tcb.tee)
             + "&snpSPL=" + std::to_string(tcb.snp) + "&ucodeSPL=" + std::to_string(tcb.microcode);
  if (line == product_line::turin)
    out += "&fmcSPL=" + std::to_string(tcb.fmc);
  return out;
}

amd_key_server::amd_key_server(std::filesystem::path cache, key_server_ports ports)
  : cache_(std::move(cache)), ports_(std::move(ports)) {
  // nop
}

result<std::vector<bytes>> amd_key_server::chain_for(const attestation_report& report) {
  if (!report.is_signed_by(evidence::snp::signing_key::vcek))
    return error{errc::unsupported, "key server: it hands out VCEKs only"};
  const auto line = report.processor
                      ? evidence::snp::product_of(report.processor->family, report.processor->model)
                      : std::nullopt;
  if (!line)
    return error{errc::unsupported, "key server: the report names no processor that we know"};
  const std::lock_guard lock{mutex_};
  auto leaf = vcek(report, *line);
  if (!leaf)
    return leaf.error();
  auto rest = authorities(*line);
  if (!rest)
    return rest.error();
  std::vector<bytes> out{*std::move(leaf)};
  std::ranges::move(*std::move(rest), std::back_inserter(out));
  return out;
}

result<bytes> amd_key_server::vcek(const attestation_report& report, product_line line) {
  const auto file = cache_
                    / ("vcek-" + std::string{name(line)} + '-' + hardware_id(report, line) + '-'
                       + hex(report.reported_tcb) + ".der");
  const auto good = [&](byte_view der) {
    const auto read = crypto::certificate::from_der(der);
    return read && fits(*read, report, line, ports_.now());
  };
  auto kept = files::read(file, max_cached);
  if (kept && good(*kept))
    return kept;
  auto fetched = ask(vcek_path(report, line));
  if (!fetched)
    return fetched;
  if (!good(*fetched))
    return error{errc::malformed, "key server: its VCEK is not that of the report"};
  if (const auto written = files::write(file, *fetched, files::access::everyone); !written)
    return written.error();
  return fetched;
}

result<std::vector<bytes>> amd_key_server::authorities(product_line line) {
  const auto file = cache_ / ("vcek-chain-" + std::string{name(line)} + ".pem");
  if (const auto kept = files::read(file, max_cached))
    if (auto read = read_authorities(*kept, ports_.now()))
      return *std::move(read);
  const auto fetched = ask("/vcek/v1/" + std::string{name(line)} + "/cert_chain");
  if (!fetched)
    return fetched.error();
  auto read = read_authorities(*fetched, ports_.now());
  if (!read)
    return error{errc::malformed, "key server: expected ASK and ARK"};
  if (const auto written = files::write(file, *fetched, files::access::everyone); !written)
    return written.error();
  return *std::move(read);
}

result<bytes> amd_key_server::ask(const std::string& path) {
  if (ports_.now() < silent_until_)
    return error{errc::exhausted, "key server: not asked until " + format_time(silent_until_)};
  auto answer = ports_.get(path);
  if (!answer)
    return answer.error();
  auto [status, body] = *std::move(answer);
  if (status == ok)
    return std::move(body);
  if (status == too_many_requests)
    silent_until_ = ports_.now() + silence;
  return error{status == not_found           ? errc::no_endorsement
               : status == too_many_requests ? errc::exhausted
                                             : errc::unavailable,
               "key server: status " + std::to_string(status) + " for " + path};
}

} // namespace troth::collateral
