#include "shared/device/snp_source.hpp"
#include "shared/evidence/snp/report_response.hpp"

#include <linux/sev-guest.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troth::device {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t max_certificates = 32 * page;
constexpr std::uint32_t too_small = 1; // the host's answer to a table that does not fit

class guest_device_source final : public snp_source {
public:
  guest_device_source(std::filesystem::path device, std::uint32_t vmpl)
    : device_(std::move(device)), vmpl_(vmpl) {
    // nop
  }

  guest_device_source(const guest_device_source&) = delete;
  guest_device_source& operator=(const guest_device_source&) = delete;

  ~guest_device_source() override {
    if (fd_ >= 0)
      close(fd_);
  }

  result<snp_answer> ask(byte_view report_data) override {
    if (fd_ < 0)
      fd_ = open(device_.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ < 0)
      return error{errno == ENOENT ? errc::not_found : errc::io,
                   device_.string() + ": " + std::generic_category().message(errno)};
    bytes certificates(page * pages_);
    auto answer = ask_once(report_data, certificates);
    if (!answer && certificates.size() != page * pages_) { // the host said how much it takes
      pages_ = (certificates.size() + page - 1) / page;
      certificates.assign(page * pages_, 0);
      answer = ask_once(report_data, certificates);
    }
    if (!answer)
      return answer.error();
    return snp_answer{*std::move(answer), std::move(certificates)};
  }

private:
  /// @param certificates gets the host's table; resized if it did not fit.
  result<bytes> ask_once(byte_view report_data, bytes& certificates) const {
    snp_ext_report_req request{};
    std::ranges::copy(report_data.first(
                        std::min(report_data.size(), sizeof request.data.user_data)),
                      request.data.user_data);
    request.data.vmpl = vmpl_;
    request.certs_address = reinterpret_cast<std::uintptr_t>(certificates.data());
    request.certs_len = static_cast<std::uint32_t>(certificates.size());
    snp_report_resp response{};
    snp_guest_request_ioctl call{};
    call.msg_version = 1;
    call.req_data = reinterpret_cast<std::uintptr_t>(&request);
    call.resp_data = reinterpret_cast<std::uintptr_t>(&response);
    if (ioctl(fd_, SNP_GET_EXT_REPORT, &call) == 0)
      return evidence::snp::parse_report_response(response.data);
    const int why = errno;
    const auto of_host = static_cast<std::uint32_t>(call.exitinfo2 >> 32);
    if (of_host == too_small && request.certs_len <= max_certificates)
      certificates.resize(request.certs_len);
    return error{errc::io, device_.string() + ": " + std::generic_category().message(why)
                             + ", firmware "
                             + std::to_string(static_cast<std::uint32_t>(call.exitinfo2))
                             + ", host " + std::to_string(of_host)};
  }

  std::filesystem::path device_;
  std::uint32_t vmpl_;
  int fd_ = -1;
  std::size_t pages_ = 4;
};

} // namespace

std::unique_ptr<snp_source> make_guest_device_source(std::filesystem::path device,
                                                     std::uint32_t vmpl) {
  return std::make_unique<guest_device_source>(std::move(device), vmpl);
}

} // namespace troth::device
