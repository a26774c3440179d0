#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/jwk.hpp"
#include "shared/device/intel_source.hpp"
#include "shared/device/paravisor.hpp"
#include "shared/device/snp_source.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/azure/encode.hpp"
#include "shared/evidence/snp/certificate_table.hpp"
#include "shared/evidence/tpm/public_area.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::device {

namespace {

namespace azure = evidence::azure;

constexpr std::size_t hardware_data_size = 64;
constexpr std::size_t data_in_td_report = 128; // REPORTMACSTRUCT.REPORTDATA

/// The hardware below a played paravisor: one of the two is there.
struct played_hardware {
  std::unique_ptr<snp_source> snp;
  std::unique_ptr<intel_source> intel;

  /// Returns what an HCL report has of the hardware.
  result<bytes> report(byte_view report_data) const {
    if (snp) {
      const auto answer = snp->ask(report_data);
      if (!answer)
        return answer.error();
      return answer->report;
    }
    bytes out(td_report_structure_size);
    std::ranges::copy(report_data, out.begin() + data_in_td_report);
    return out;
  }
};

/// Writes a report into the TPM whenever one is asked for; a paravisor that knows nothing of it
/// reads it there.
class played_paravisor final : public paravisor {
public:
  played_paravisor(played_hardware below, tpm_opener open, std::function<void()> wait)
    : below_(std::move(below)), open_(std::move(open)),
      reader_(make_paravisor({open_, nullptr, std::move(wait)})) {
    // nop
  }

  result<bytes> report(byte_view user_data) override {
    const auto tpm = open_();
    if (!tpm)
      return tpm.error();
    const auto made = make_report(**tpm, user_data);
    if (!made)
      return made.error();
    if (const auto written = (*tpm)->write_nv(hcl_report_index, *made); !written)
      return written.error();
    return reader_->report(user_data);
  }

  result<bytes> td_quote(byte_view td_report) override {
    if (!below_.intel || td_report.size() != td_report_structure_size)
      return error{errc::malformed, "azure: TD report"};
    return below_.intel->quote(td_report.subspan(data_in_td_report, hardware_data_size));
  }

private:
  static result<crypto::public_key> attestation_key(tpm& at) {
    auto area = at.use_kept_key(azure_key_handle);
    if (!area && area.error().code == errc::not_found) {
      const auto made = at.create_key(key_algorithm::rsa_2048);
      if (!made)
        return made.error();
      if (const auto loaded = at.load_key(*made); !loaded)
        return loaded.error();
      if (const auto kept = at.keep_key(azure_key_handle); !kept)
        return kept.error();
      area = made->public_area;
    }
    if (!area)
      return area.error();
    const auto read = evidence::tpm::parse_public_area(*area);
    if (!read)
      return read.error();
    return endorsement::to_public_key(*read);
  }

  result<bytes> make_report(tpm& at, byte_view user_data) const {
    const auto key = attestation_key(at);
    if (!key)
      return key.error();
    const crypto::named_key named{"HCLAkPub",
                                  *key,
                                  {signature_scheme::rsassa, hash_algorithm::sha256}};
    auto claims = crypto::write_jwks(std::span{&named, 1});
    claims.pop_back(); // the brace
    claims += R"(,"user-data":")" + hex(user_data) + "\"}";
    auto data = copy(crypto::hash(hash_algorithm::sha256, to_bytes(claims)).view());
    data.resize(hardware_data_size);
    const auto report = below_.report(data);
    if (!report)
      return report.error();
    const auto on = below_.snp ? azure::hardware::snp : azure::hardware::tdx;
    return azure::write_hcl_report(*report, azure::write_runtime_data(on, claims));
  }

  played_hardware below_;
  tpm_opener open_;
  std::unique_ptr<paravisor> reader_;
};

result<std::vector<crypto::certificate>> certificates_of(snp_source& source) {
  const auto answer = source.ask(bytes(hardware_data_size));
  if (!answer)
    return answer.error();
  const auto table = evidence::snp::parse_certificate_table(answer->certificates);
  if (!table)
    return table.error();
  std::vector<crypto::certificate> out;
  for (const auto* each : {&table->vcek, &table->ask, &table->ark}) {
    if (!*each)
      return error{errc::no_endorsement, "azure: simulated SNP"};
    const auto read = crypto::certificate::from_der(**each);
    if (!read)
      return read.error();
    out.push_back(*read);
  }
  return out;
}

} // namespace

result<simulated_paravisor>
make_simulated_paravisor(azure::hardware below, tpm_opener open, std::function<void()> wait,
                         const std::filesystem::path& folder, time_point now) {
  simulated_paravisor out;
  played_hardware hardware;
  if (below == azure::hardware::snp) {
    auto source = make_simulated_source(folder, now);
    if (!source)
      return source.error();
    auto certificates = certificates_of(**source);
    if (!certificates)
      return certificates.error();
    out.certificates = *std::move(certificates);
    hardware.snp = *std::move(source);
  } else {
    auto source = make_simulated_source(folder, intel_tee::tdx, now);
    if (!source)
      return source.error();
    auto said = (*source)->collateral();
    if (!said)
      return said.error();
    out.collateral = *std::move(said);
    hardware.intel = *std::move(source);
  }
  out.itself = std::make_unique<played_paravisor>(std::move(hardware), std::move(open),
                                                  std::move(wait));
  return out;
}

} // namespace troth::device
