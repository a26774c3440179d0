#include "shared/device/intel_source.hpp"

#include "shared/crypto/certificate.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace troth::device {

namespace {

constexpr std::size_t max_recording_bytes = std::size_t{4} * 1024 * 1024;
constexpr std::size_t tsm_report_data_size = 64;
constexpr auto intel_lifetime = std::chrono::hours{24 * 30};

class configfs_quotes final : public intel_source {
public:
  configfs_quotes(std::unique_ptr<snp_source> kernel, std::filesystem::path folder)
    : kernel_(std::move(kernel)), folder_(std::move(folder)) {
    // nop
  }

  result<bytes> quote(byte_view report_data) override {
    auto answer = kernel_->ask(report_data);
    if (!answer)
      return answer.error();
    return std::move(answer->report);
  }

  result<report::intel_collateral> collateral() override { return read_intel_collateral(folder_); }

private:
  std::unique_ptr<snp_source> kernel_;
  std::filesystem::path folder_;
};

class recorded_quotes final : public intel_source {
public:
  explicit recorded_quotes(std::filesystem::path folder) : folder_(std::move(folder)) {
    // nop
  }

  result<bytes> quote(byte_view) override {
    return files::read(folder_ / "quote.bin", max_recording_bytes);
  }
  result<report::intel_collateral> collateral() override { return read_intel_collateral(folder_); }

private:
  std::filesystem::path folder_;
};

class simulated_quotes final : public intel_source {
public:
  explicit simulated_quotes(simulated_platform platform) : platform_(std::move(platform)) {
    // nop
  }

  result<bytes> quote(byte_view report_data) override {
    if (report_data.size() != tsm_report_data_size)
      return error{errc::malformed, "report data: " + std::to_string(report_data.size())};
    if (platform_.tee == intel_tee::sgx) {
      auto body = platform_.good_enclave();
      std::ranges::copy(report_data, body.report_data.begin());
      return platform_.quote(body);
    }
    auto body = platform_.good_domain();
    std::ranges::copy(report_data, body.report_data.begin());
    return platform_.quote(body);
  }

  result<report::intel_collateral> collateral() override { return platform_.collateral(); }

private:
  simulated_platform platform_;
};

result<void> read_pair(const std::filesystem::path& file, bytes& issuer, bytes& root) {
  const auto content = files::read(file, max_recording_bytes);
  if (!content)
    return content.error();
  const auto read = crypto::certificate::from_pem(to_text(*content));
  if (!read)
    return error{read.error().code, file.string() + ": " + read.error().where};
  if (read->size() != 2)
    return error{errc::malformed, file.string() + ": expected an issuer and its root"};
  issuer = read->front().der();
  root = read->back().der();
  return {};
}

} // namespace

result<report::intel_collateral> read_intel_collateral(const std::filesystem::path& folder) {
  report::intel_collateral out;
  for (const auto& [name, into] :
       {std::pair{"tcb_info.json", &out.tcb_info}, std::pair{"qe_identity.json", &out.qe_identity},
        std::pair{"root_ca_crl.der", &out.root_ca_crl}, std::pair{"pck_crl.der", &out.pck_crl}}) {
    auto content = files::read(folder / name, max_recording_bytes);
    if (!content)
      return content.error();
    *into = *std::move(content);
  }
  for (const auto& read :
       {read_pair(folder / "tcb_info_issuer_chain.pem", out.tcb_info_intermediate_certificate,
                  out.tcb_info_root_certificate),
        read_pair(folder / "qe_identity_issuer_chain.pem", out.qe_identity_intermediate_certificate,
                  out.qe_identity_root_certificate),
        read_pair(folder / "pck_crl_issuer_chain.pem", out.pck_crl_intermediate_certificate,
                  out.pck_crl_root_certificate)})
    if (!read)
      return read.error();
  return out;
}

result<void> write_intel_collateral(const report::intel_collateral& what,
                                    const std::filesystem::path& folder) {
  const auto chain = [](const bytes& issuer, const bytes& root) -> result<bytes> {
    std::string out;
    for (const auto* der : {&issuer, &root}) {
      const auto read = crypto::certificate::from_der(*der);
      if (!read)
        return read.error();
      out += read->pem();
    }
    return to_bytes(out);
  };
  for (const auto& [name, content] :
       {std::pair{"tcb_info.json", result<bytes>{what.tcb_info}},
        std::pair{"qe_identity.json", result<bytes>{what.qe_identity}},
        std::pair{"root_ca_crl.der", result<bytes>{what.root_ca_crl}},
        std::pair{"pck_crl.der", result<bytes>{what.pck_crl}},
        std::pair{"tcb_info_issuer_chain.pem",
                  chain(what.tcb_info_intermediate_certificate, what.tcb_info_root_certificate)},
        std::pair{"qe_identity_issuer_chain.pem", chain(what.qe_identity_intermediate_certificate,
                                                        what.qe_identity_root_certificate)},
        std::pair{"pck_crl_issuer_chain.pem",
                  chain(what.pck_crl_intermediate_certificate, what.pck_crl_root_certificate)}}) {
    if (!content)
      return content.error();
    if (auto kept = files::write(folder / name, *content, files::access::everyone); !kept)
      return kept;
  }
  return {};
}

std::unique_ptr<intel_source> make_configfs_source(std::unique_ptr<snp_source> kernel,
                                                   std::filesystem::path collateral) {
  return std::make_unique<configfs_quotes>(std::move(kernel), std::move(collateral));
}

std::unique_ptr<intel_source> make_recorded_intel_source(std::filesystem::path folder) {
  return std::make_unique<recorded_quotes>(std::move(folder));
}

result<std::unique_ptr<intel_source>> make_simulated_source(const std::filesystem::path& folder,
                                                            intel_tee tee, time_point now) {
  auto platform = simulated_platform::make(tee, now, now + intel_lifetime);
  if (!platform)
    return platform.error();
  const auto root = to_bytes(platform->vendor.root.certificate.pem());
  auto out = std::make_unique<simulated_quotes>(*std::move(platform));
  const auto sample = out->quote(bytes(tsm_report_data_size));
  if (!sample)
    return sample.error();
  const auto said = out->collateral();
  if (!said)
    return said.error();
  std::error_code why;
  std::filesystem::create_directories(folder, why);
  for (const auto& [name, content] : {std::pair{"root.pem", root}, std::pair{"quote.bin", *sample}})
    if (auto kept = files::write(folder / name, content, files::access::everyone); !kept)
      return kept.error();
  if (const auto kept = write_intel_collateral(*said, folder); !kept)
    return kept.error();
  return std::unique_ptr<intel_source>{std::move(out)};
}

} // namespace troth::device
