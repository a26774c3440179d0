#include "shared/device/paravisor.hpp"

#include "shared/files/files.hpp"

#include <algorithm>
#include <utility>

namespace troth::device {

namespace {

constexpr std::size_t max_recorded_quote = std::size_t{1024} * 1024;
constexpr int looks = 20;

class nv_paravisor final : public paravisor {
public:
  explicit nv_paravisor(paravisor_ports ports) : ports_(std::move(ports)) {
    // nop
  }

  /// Anybody on this machine may write the user data, and the paravisor takes its time: a report
  /// counts when it answers.
  result<bytes> report(byte_view user_data) override {
    const auto tpm = ports_.open();
    if (!tpm)
      return tpm.error();
    if (const auto there = (*tpm)->read_nv(hcl_report_index); !there)
      return there; // before anything is written into a TPM that is none of Azure's
    if (const auto written = (*tpm)->write_nv(user_data_index, user_data); !written)
      return written.error();
    for (int look = 0; look < looks; ++look) {
      if (look > 0)
        ports_.wait();
      auto read = (*tpm)->read_nv(hcl_report_index);
      if (!read)
        return read;
      const auto report = evidence::azure::parse_hcl_report(*read);
      if (!report)
        return report.error();
      const auto claims = evidence::azure::parse_runtime_data(report->runtime_data);
      if (!claims)
        return claims.error();
      if (std::ranges::equal(claims->user_data, user_data))
        return read;
    }
    return error{errc::timeout, "azure: the report has other user data than was written"};
  }

  result<bytes> td_quote(byte_view td_report) override { return ports_.td_quote(td_report); }

private:
  paravisor_ports ports_;
};

class recorded_paravisor final : public paravisor {
public:
  recorded_paravisor(std::filesystem::path folder, std::function<result<bytes>(byte_view)> td_quote)
    : folder_(std::move(folder)), td_quote_(std::move(td_quote)) {
    // nop
  }

  result<bytes> report(byte_view) override {
    return files::read(folder_ / "hcl_report.bin", evidence::azure::max_hcl_report);
  }
  result<bytes> td_quote(byte_view td_report) override {
    auto recorded = files::read(folder_ / "quote.bin", max_recorded_quote);
    if (!recorded && recorded.error().code == errc::not_found && td_quote_)
      return td_quote_(td_report);
    return recorded;
  }

private:
  std::filesystem::path folder_;
  std::function<result<bytes>(byte_view)> td_quote_;
};

} // namespace

std::unique_ptr<paravisor> make_paravisor(paravisor_ports ports) {
  return std::make_unique<nv_paravisor>(std::move(ports));
}

std::unique_ptr<paravisor>
make_recorded_paravisor(std::filesystem::path folder,
                        std::function<result<bytes>(byte_view td_report)> td_quote) {
  return std::make_unique<recorded_paravisor>(std::move(folder), std::move(td_quote));
}

} // namespace troth::device
