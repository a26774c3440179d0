#include "shared/device/simulated_amd.hpp"
#include "shared/device/snp_source.hpp"
#include "shared/evidence/snp/certificate_table.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace troth::device {

namespace {

using evidence::snp::product_line;

constexpr auto line = product_line::milan;
constexpr auto lifetime = std::chrono::hours{24 * 365 * 10};
constexpr auto list_lifetime = std::chrono::hours{24 * 30};
constexpr std::size_t max_file = std::size_t{64} * 1024;
constexpr evidence::snp::tcb_parts tcb{0, 4, 0, 24, 219};

/// What is kept of the played vendor: who signs reports, and whose word that is.
struct simulated_chip {
  simulated_key ark;
  crypto::certificate ask;
  simulated_key vek;
};

result<void> keep(const std::filesystem::path& folder, const std::string& name,
                  const simulated_key& what) {
  if (auto kept = files::write(folder / (name + ".key"), to_bytes(what.key.pem()),
                               files::access::owner);
      !kept)
    return kept;
  return files::write(folder / (name + ".pem"), to_bytes(what.certificate.pem()),
                      files::access::everyone);
}

result<crypto::certificate> load_certificate(const std::filesystem::path& file) {
  const auto content = files::read(file, max_file);
  if (!content)
    return content.error();
  auto read = crypto::certificate::from_pem(to_text(*content));
  if (!read)
    return error{read.error().code, file.string() + ": " + read.error().where};
  return read->front();
}

result<simulated_key> load(const std::filesystem::path& folder, const std::string& name) {
  const auto content = files::read(folder / (name + ".key"), max_file);
  if (!content)
    return content.error();
  auto key = crypto::private_key::from_pem(to_text(*content));
  if (!key)
    return key.error();
  auto certificate = load_certificate(folder / (name + ".pem"));
  if (!certificate)
    return certificate.error();
  return simulated_key{*std::move(key), *std::move(certificate)};
}

result<simulated_chip> make_chip(const std::filesystem::path& folder, time_point now) {
  const auto until = now + lifetime;
  auto vendor = simulated_amd::make(line, now, until);
  if (!vendor)
    return vendor.error();
  endorsement::vek_extensions extensions;
  extensions.product_name = "Milan-B0";
  extensions.tcb = tcb;
  // As random as the key that this is the hash of.
  const auto id = vendor->ask.certificate.sha256().view();
  extensions.hardware_id = bytes(64);
  std::ranges::copy(id, extensions.hardware_id->begin());
  auto vek = vendor->make_vek(extensions, now, until);
  if (!vek)
    return vek.error();
  for (const auto& [name, key] : {std::pair{"ark", &vendor->ark}, std::pair{"vcek", &*vek}})
    if (const auto kept = keep(folder, name, *key); !kept)
      return kept.error();
  // The last one: whether it is there says whether all are.
  if (const auto kept = files::write(folder / "ask.pem", to_bytes(vendor->ask.certificate.pem()),
                                     files::access::everyone);
      !kept)
    return kept.error();
  return simulated_chip{vendor->ark, vendor->ask.certificate, *std::move(vek)};
}

result<simulated_chip> load_or_make_chip(const std::filesystem::path& folder, time_point now) {
  auto ask = load_certificate(folder / "ask.pem");
  if (!ask && ask.error().code == errc::not_found)
    return make_chip(folder, now);
  if (!ask)
    return ask.error();
  auto ark = load(folder, "ark");
  if (!ark)
    return ark.error();
  auto vek = load(folder, "vcek");
  if (!vek)
    return vek.error();
  return simulated_chip{*std::move(ark), *std::move(ask), *std::move(vek)};
}

result<void> publish_list(const std::filesystem::path& folder, const simulated_key& ark,
                          time_point now) {
  crypto::revocation_content content;
  content.this_update = now;
  content.next_update = now + list_lifetime;
  content.signed_with = {signature_scheme::rsapss, hash_algorithm::sha384};
  const auto made = crypto::issue_revocation_list(content, ark.certificate, ark.key);
  if (!made)
    return made.error();
  return files::write(folder / "ark.crl", *made, files::access::everyone);
}

class simulated_source final : public snp_source {
public:
  simulated_source(simulated_chip chip, endorsement::vek_extensions extensions)
    : chip_(std::move(chip)), extensions_(std::move(extensions)) {
    // nop
  }

  result<snp_answer> ask(byte_view report_data) override {
    auto said = good_guest();
    if (report_data.size() != said.report_data.size())
      return error{errc::malformed, "report data: " + std::to_string(report_data.size())};
    std::ranges::copy(report_data, said.report_data.begin());
    auto report = sign_report(std::move(said), chip_.vek.key);
    if (!report)
      return report.error();
    evidence::snp::certificate_table table;
    table.vcek = chip_.vek.certificate.der();
    table.ask = chip_.ask.der();
    table.ark = chip_.ark.certificate.der();
    return snp_answer{*std::move(report), write_certificate_table(table)};
  }

private:
  /// A guest in good order, which is the same one always.
  evidence::snp::attestation_report good_guest() const {
    constexpr std::uint64_t smt_allowed = evidence::snp::guest_policy::smt;
    evidence::snp::attestation_report out;
    out.version = 3;
    out.policy = evidence::snp::guest_policy::reserved_one | smt_allowed;
    out.signature_algorithm = evidence::snp::ecdsa_p384_sha384;
    out.processor = evidence::snp::processor{0x19, 0x01, 0x01};
    out.measurement.fill(0x5e);
    out.report_id.fill(0x01);
    out.report_id_ma.fill(0xff);
    out.current_version = out.committed_version = {1, 55, 21};
    for (auto* each : {&out.current_tcb, &out.reported_tcb, &out.committed_tcb, &out.launch_tcb})
      *each = tcb_of(extensions_.tcb, line);
    std::ranges::copy(*extensions_.hardware_id, out.chip_id.begin());
    return out;
  }

  simulated_chip chip_;
  endorsement::vek_extensions extensions_;
};

} // namespace

result<std::unique_ptr<snp_source>> make_simulated_source(const std::filesystem::path& folder,
                                                          time_point now) {
  auto chip = load_or_make_chip(folder, now);
  if (!chip)
    return chip.error();
  auto extensions = endorsement::read_vek_extensions(chip->vek.certificate);
  if (!extensions)
    return extensions.error();
  if (!extensions->hardware_id)
    return error{errc::malformed, (folder / "vcek.pem").string() + ": expected a VCEK"};
  if (const auto made = publish_list(folder, chip->ark, now); !made)
    return made.error();
  auto out = std::make_unique<simulated_source>(*std::move(chip), *std::move(extensions));
  const auto sample = out->ask(bytes(64));
  if (!sample)
    return sample.error();
  const auto kept = files::write(folder / "report.bin", sample->report, files::access::everyone);
  if (!kept)
    return kept.error();
  return std::unique_ptr<snp_source>{std::move(out)};
}

} // namespace troth::device
