#include "shared/device/aesm.hpp"

#include "shared/evidence/sgx/aesm.hpp"
#include "shared/files/files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troth::device {

namespace {

using evidence::sgx::enclave_report_mac_size;
using evidence::sgx::max_aesm_message;
using evidence::sgx::target_info_size;

constexpr std::size_t sgx_report_data_size = 64;

/// Writes what a pseudo file takes, in one piece and in place.
result<void> put(const std::filesystem::path& file, byte_view content) {
  const int to = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const auto written = to < 0 ? -1 : write(to, content.data(), content.size());
  const int why = errno;
  if (to >= 0)
    close(to);
  if (written == static_cast<ssize_t>(content.size()))
    return {};
  return error{to < 0 && why == ENOENT ? errc::not_found : errc::io,
               file.string() + ": " + std::generic_category().message(why)};
}

class aesm_source final : public intel_source {
public:
  aesm_source(enclave_reporter processor, quote_service_address service,
              std::chrono::seconds patience, std::filesystem::path collateral)
    : processor_(std::move(processor)), service_(std::move(service)), patience_(patience),
      collateral_(std::move(collateral)) {
    // nop
  }

  /// The key is made ready for each: the service may have been started again since.
  result<bytes> quote(byte_view report_data) override {
    if (report_data.size() != sgx_report_data_size)
      return error{errc::malformed, "report data: " + std::to_string(report_data.size())};
    const auto target_info = ready_key();
    if (!target_info)
      return target_info.error();
    const auto report = processor_(*target_info, report_data);
    if (!report)
      return report.error();
    if (report->size() != enclave_report_mac_size)
      return error{errc::malformed, "REPORT: " + std::to_string(report->size()) + " bytes"};
    const auto size_answer = ask(evidence::sgx::write_quote_size_request());
    if (!size_answer)
      return size_answer.error();
    const auto size = evidence::sgx::parse_quote_size_answer(*size_answer);
    if (!size)
      return size.error();
    const auto answer = ask(evidence::sgx::write_quote_request(*report, *size));
    return answer ? evidence::sgx::parse_quote_answer(*answer) : answer;
  }

  result<report::intel_collateral> collateral() override {
    return read_intel_collateral(collateral_);
  }

private:
  result<bytes> ask(const bytes& message) const {
    return exchange(service_, message, length_order::little, patience_, max_aesm_message);
  }

  /// Returns for which enclave the report must be.
  result<bytes> ready_key() const {
    evidence::sgx::aesm_key key;
    for (int round = 0; round < 2; ++round) { // first how much room its id needs
      const auto answer = ask(evidence::sgx::write_key_request(key.key_id_size));
      if (!answer)
        return answer;
      auto read = evidence::sgx::parse_key_answer(*answer);
      if (!read)
        return read.error();
      key = *std::move(read);
      if (key.key_id_size == 0)
        break;
    }
    if (key.target_info.size() != target_info_size)
      return error{errc::malformed, "sgx.aesm: no target_info"};
    return key.target_info;
  }

  enclave_reporter processor_;
  quote_service_address service_;
  std::chrono::seconds patience_;
  std::filesystem::path collateral_;
};

} // namespace

enclave_reporter make_gramine_reporter(std::filesystem::path folder) {
  return
    [folder = std::move(folder)](byte_view target_info, byte_view report_data) -> result<bytes> {
      for (const auto& [file, content] :
           {std::pair{"target_info", target_info}, std::pair{"user_report_data", report_data}})
        if (const auto written = put(folder / file, content); !written)
          return written.error();
      return files::read(folder / "report", enclave_report_mac_size);
    };
}

std::unique_ptr<intel_source>
make_aesm_source(enclave_reporter processor, quote_service_address service,
                 std::chrono::seconds patience, std::filesystem::path collateral) {
  return std::make_unique<aesm_source>(std::move(processor), std::move(service), patience,
                                       std::move(collateral));
}

} // namespace troth::device
