#include "shared/device/quote_service.hpp"

#include "shared/base/reader.hpp"
#include "shared/base/text.hpp"
#include "shared/evidence/tdx/quote_service.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troth::device {

namespace {

using evidence::tdx::max_quote_service_message;
using evidence::tdx::tdreport_size;

constexpr std::size_t td_report_data_size = 64;
constexpr std::size_t report_data_at = 128; // in a TDREPORT

/// The kernel's `struct tdx_report_req`, whose header Debian 12 does not have.
struct tdx_report_request {
  std::array<std::uint8_t, td_report_data_size> report_data;
  std::array<std::uint8_t, tdreport_size> td_report;
};

constexpr unsigned long get_report = _IOWR('T', 1, tdx_report_request);

/// A descriptor that is closed in the end.
class descriptor {
public:
  explicit descriptor(int of) : of_(of) {
    // nop
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (of_ >= 0)
      close(of_);
  }
  int get() const noexcept { return of_; }

private:
  int of_;
};

error failed(const std::filesystem::path& device) {
  const int why = errno;
  return {why == ENOENT ? errc::not_found : errc::io,
          device.string() + ": " + std::generic_category().message(why)};
}

result<bytes> ask_kernel(const std::filesystem::path& device, byte_view report_data) {
  const descriptor file{open(device.c_str(), O_RDWR | O_CLOEXEC)};
  if (file.get() < 0)
    return failed(device);
  tdx_report_request request{};
  std::ranges::copy(report_data, request.report_data.begin());
  if (ioctl(file.get(), get_report, &request) != 0)
    return failed(device);
  return copy(request.td_report);
}

class quote_service_source final : public intel_source {
public:
  quote_service_source(td_reporter kernel, quote_service_address service,
                       std::chrono::seconds patience, std::filesystem::path collateral)
    : kernel_(std::move(kernel)), service_(std::move(service)), patience_(patience),
      collateral_(std::move(collateral)) {
    // nop
  }

  result<bytes> quote(byte_view report_data) override {
    if (report_data.size() != td_report_data_size)
      return error{errc::malformed, "report data: " + std::to_string(report_data.size())};
    const auto report = kernel_(report_data);
    if (!report)
      return report.error();
    if (report->size() != tdreport_size
        || !std::ranges::equal(byte_view{*report}.subspan(report_data_at, td_report_data_size),
                               report_data))
      return error{errc::malformed, "TDREPORT: not the one that was asked for"};
    const auto answer = exchange(service_, evidence::tdx::write_quote_request(*report),
                                 length_order::big, patience_, max_quote_service_message);
    if (!answer)
      return answer.error();
    return evidence::tdx::parse_quote_response(*answer);
  }

  result<report::intel_collateral> collateral() override {
    return read_intel_collateral(collateral_);
  }

private:
  td_reporter kernel_;
  quote_service_address service_;
  std::chrono::seconds patience_;
  std::filesystem::path collateral_;
};

/// Reads a number and nothing else.
bool read_number(std::string_view text, std::uint32_t& into) {
  const auto* const end = text.data() + text.size();
  const auto [at, why] = std::from_chars(text.data(), end, into);
  return why == std::errc{} && at == end;
}

} // namespace

td_reporter make_tdx_guest_device(std::filesystem::path device) {
  return [device = std::move(device)](byte_view report_data) -> result<bytes> {
    if (report_data.size() != td_report_data_size)
      return error{errc::malformed, "report data: " + std::to_string(report_data.size())};
    return ask_kernel(device, report_data);
  };
}

result<quote_service_address> parse_quote_service_address(std::string_view text) {
  quote_service_address out;
  constexpr std::string_view unix_scheme = "unix:";
  if (text.starts_with(unix_scheme) && text.size() > unix_scheme.size()) {
    out.socket = text.substr(unix_scheme.size());
    return out;
  }
  const auto parts = split(text, ':');
  if (parts.size() == 3 && parts[0] == "vsock" && read_number(parts[1], out.cid)
      && read_number(parts[2], out.port))
    return out;
  return error{errc::malformed, "expected unix:PATH or vsock:CID:PORT, got " + std::string{text}};
}

std::unique_ptr<intel_source>
make_quote_service_source(td_reporter kernel, quote_service_address service,
                          std::chrono::seconds patience, std::filesystem::path collateral) {
  return std::make_unique<quote_service_source>(std::move(kernel), std::move(service), patience,
                                                std::move(collateral));
}

} // namespace troth::device
