#include "shared/device/quote_service.hpp"

#include "shared/base/reader.hpp"
#include "shared/base/text.hpp"
#include "shared/evidence/tdx/quote_service.hpp"

#include <linux/vm_sockets.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
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
constexpr std::size_t frame_head_bytes = 4;

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

error failed(const std::string& what) {
  const int why = errno;
  const auto code = why == ENOENT                                              ? errc::not_found
                    : why == EAGAIN || why == ECONNREFUSED || why == ETIMEDOUT ? errc::unavailable
                                                                               : errc::io;
  return {code, what + ": " + std::generic_category().message(why)};
}

result<bytes> ask_kernel(const std::filesystem::path& device, byte_view report_data) {
  const descriptor file{open(device.c_str(), O_RDWR | O_CLOEXEC)};
  if (file.get() < 0)
    return failed(device.string());
  tdx_report_request request{};
  std::ranges::copy(report_data, request.report_data.begin());
  if (ioctl(file.get(), get_report, &request) != 0)
    return failed(device.string());
  return copy(request.td_report);
}

/// One connection to the service, for one question.
class service_connection {
public:
  static result<std::unique_ptr<service_connection>> open(const quote_service_address& to,
                                                          std::chrono::seconds patience) {
    const auto is_unix = !to.socket.empty();
    auto out = std::make_unique<service_connection>(
      socket(is_unix ? AF_UNIX : AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (out->socket_.get() < 0)
      return failed("quote service");
    timeval limit{};
    limit.tv_sec = patience.count();
    for (const int way : {SO_RCVTIMEO, SO_SNDTIMEO})
      setsockopt(out->socket_.get(), SOL_SOCKET, way, &limit, sizeof limit);
    if (!(is_unix ? out->connect_unix(to.socket) : out->connect_vsock(to)))
      return failed("quote service");
    return out;
  }

  explicit service_connection(int of) : socket_(of) {
    // nop
  }

  result<void> write(byte_view data) {
    while (!data.empty()) {
      const auto n = send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return failed("quote service");
      data = data.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }

  result<bytes> read(std::size_t size) {
    bytes out(size);
    for (std::size_t had = 0; had < size;) {
      const auto n = recv(socket_.get(), out.data() + had, size - had, 0);
      if (n < 0)
        return failed("quote service");
      if (n == 0)
        return error{errc::truncated, "quote service: it hung up"};
      had += static_cast<std::size_t>(n);
    }
    return out;
  }

private:
  bool connect_unix(const std::string& path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.size() >= sizeof to.sun_path) {
      errno = ENAMETOOLONG;
      return false;
    }
    std::memcpy(to.sun_path, path.data(), path.size());
    return connect_to(&to, sizeof to);
  }

  bool connect_vsock(const quote_service_address& at) {
    sockaddr_vm to{};
    to.svm_family = AF_VSOCK;
    to.svm_cid = at.cid;
    to.svm_port = at.port;
    return connect_to(&to, sizeof to);
  }

  bool connect_to(const void* address, socklen_t size) {
    return connect(socket_.get(), static_cast<const sockaddr*>(address), size) == 0;
  }

  descriptor socket_;
};

/// Sends a message with its length in front, and returns the one that comes back so.
result<bytes> exchange(const quote_service_address& with, byte_view message,
                       std::chrono::seconds patience) {
  const auto open = service_connection::open(with, patience);
  if (!open)
    return open.error();
  auto& service = **open;
  bytes frame;
  for (int shift = 24; shift >= 0; shift -= 8)
    frame.push_back(static_cast<std::uint8_t>(message.size() >> shift));
  frame.insert(frame.end(), message.begin(), message.end());
  if (const auto sent = service.write(frame); !sent)
    return sent.error();
  const auto head = service.read(frame_head_bytes);
  if (!head)
    return head.error();
  const std::size_t size = reader{*head, "quote service"}.u32be("size");
  if (size > max_quote_service_message)
    return error{errc::too_large, "quote service: " + std::to_string(size) + " bytes"};
  return service.read(size);
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
    const auto answer = exchange(service_, evidence::tdx::write_quote_request(*report), patience_);
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
