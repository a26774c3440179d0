#include "shared/device/framed_socket.hpp"

#include "shared/base/reader.hpp"

#include <linux/vm_sockets.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <unistd.h>

namespace troth::device {

namespace {

constexpr std::size_t frame_head_bytes = 4;

error service_failed() {
  const int why = errno;
  const auto code = why == ENOENT                                              ? errc::not_found
                    : why == EAGAIN || why == ECONNREFUSED || why == ETIMEDOUT ? errc::unavailable
                                                                               : errc::io;
  return {code, "quote service: " + std::generic_category().message(why)};
}

/// One connection to the service, for one question.
class service_connection {
public:
  static result<std::unique_ptr<service_connection>> open(const quote_service_address& to,
                                                          std::chrono::seconds patience) {
    const auto is_unix = !to.socket.empty();
    auto out = std::make_unique<service_connection>(
      socket(is_unix ? AF_UNIX : AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (out->socket_ < 0)
      return service_failed();
    timeval limit{};
    limit.tv_sec = patience.count();
    for (const int way : {SO_RCVTIMEO, SO_SNDTIMEO})
      setsockopt(out->socket_, SOL_SOCKET, way, &limit, sizeof limit);
    if (!(is_unix ? out->connect_unix(to.socket) : out->connect_vsock(to)))
      return service_failed();
    return out;
  }

  explicit service_connection(int of) : socket_(of) {
    // nop
  }
  service_connection(const service_connection&) = delete;
  service_connection& operator=(const service_connection&) = delete;
  ~service_connection() {
    if (socket_ >= 0)
      close(socket_);
  }

  result<void> write(byte_view data) {
    while (!data.empty()) {
      const auto n = send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return service_failed();
      data = data.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }

  result<bytes> read(std::size_t size) {
    bytes out(size);
    for (std::size_t had = 0; had < size;) {
      const auto n = recv(socket_, out.data() + had, size - had, 0);
      if (n < 0)
        return service_failed();
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
    return connect(socket_, static_cast<const sockaddr*>(address), size) == 0;
  }

  int socket_;
};

bytes framed(byte_view message, length_order order) {
  bytes out;
  for (std::size_t i = 0; i < frame_head_bytes; ++i) {
    const auto shift = 8 * (order == length_order::big ? frame_head_bytes - 1 - i : i);
    out.push_back(static_cast<std::uint8_t>(message.size() >> shift));
  }
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

} // namespace

result<bytes> exchange(const quote_service_address& with, byte_view message, length_order order,
                       std::chrono::seconds patience, std::size_t limit) {
  const auto open = service_connection::open(with, patience);
  if (!open)
    return open.error();
  auto& service = **open;
  if (const auto sent = service.write(framed(message, order)); !sent)
    return sent.error();
  const auto head = service.read(frame_head_bytes);
  if (!head)
    return head.error();
  reader in{*head, "quote service"};
  const std::size_t size = order == length_order::big ? in.u32be("size") : in.u32le("size");
  if (size > limit)
    return error{errc::too_large, "quote service: " + std::to_string(size) + " bytes"};
  return service.read(size);
}

} // namespace troth::device
