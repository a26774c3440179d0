#include "shared/client/socket.hpp"

#include "shared/base/reader.hpp"
#include "shared/base/text.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <unistd.h>

namespace troth::client {

namespace {

namespace cmc = wire::cmc;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view unix_scheme = "unix://";
constexpr std::string_view tcp_scheme = "tcp://";
constexpr std::size_t header_bytes = 8;

/// One connection, until its time is over.
class framed_connection {
public:
  framed_connection(std::string url, milliseconds time)
    : url_(std::move(url)), ends_(steady_clock::now() + time) {
    // nop
  }
  framed_connection(const framed_connection&) = delete;
  framed_connection& operator=(const framed_connection&) = delete;
  ~framed_connection() {
    if (socket_ >= 0)
      close(socket_);
  }

  result<void> open() {
    if (url_.starts_with(unix_scheme))
      return open_unix(url_.substr(unix_scheme.size()));
    return open_tcp(url_.substr(tcp_scheme.size()));
  }

  result<void> send(byte_view data) {
    while (!data.empty()) {
      if (auto ready = wait(POLLOUT); !ready)
        return ready;
      const auto n = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN)
        return lost();
      data = data.subspan(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return {};
  }

  /// Takes exactly so many bytes.
  result<bytes> receive(std::size_t size) {
    constexpr std::size_t step = std::size_t{64} * 1024; // the other side claims the size
    bytes out;
    while (out.size() < size) {
      if (const auto ready = wait(POLLIN); !ready)
        return ready.error();
      const auto had = out.size();
      out.resize(had + std::min(step, size - had));
      const auto n = recv(socket_, &out[had], out.size() - had, MSG_DONTWAIT);
      if (n == 0 || (n < 0 && errno != EAGAIN))
        return lost();
      out.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return out;
  }

private:
  result<void> open_unix(const std::string& path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(at.sun_path))
      return error{errc::malformed, url_ + ": expected a path of at most 107 bytes"};
    std::copy(path.begin(), path.end(), std::begin(at.sun_path));
    return connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
  }

  result<void> open_tcp(const std::string& authority) {
    const auto parts = split_host_and_port(authority);
    if (!parts)
      return error{errc::malformed, url_ + ": expected tcp://HOST:PORT"};
    const std::string host{parts->host};
    const std::string port{parts->port};
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0)
      return error{errc::unavailable, url_ + ": no such host"};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned{found, freeaddrinfo};
    return connect_to(found->ai_family, found->ai_addr, found->ai_addrlen);
  }

  result<void> connect_to(int family, const sockaddr* at, socklen_t size) {
    socket_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || connect(socket_, at, size) != 0)
      return lost();
    return {};
  }

  result<void> wait(short what) const {
    pollfd watched{socket_, what, 0};
    const auto left = std::chrono::duration_cast<milliseconds>(ends_ - steady_clock::now());
    if (left.count() <= 0 || poll(&watched, 1, static_cast<int>(left.count())) == 0)
      return error{errc::timeout, url_ + ": no answer in time"};
    return {};
  }

  error lost() const { return {errc::unavailable, url_ + ": " + std::strerror(errno)}; }

  std::string url_;
  steady_clock::time_point ends_;
  int socket_ = -1;
};

void append_number(bytes& to, std::size_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    to.push_back(static_cast<std::uint8_t>(value >> shift));
}

bytes make_frame(cmc::operation which, const bytes& message) {
  bytes out;
  out.reserve(header_bytes + message.size());
  append_number(out, message.size());
  append_number(out, static_cast<std::size_t>(which));
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

result<bytes> exchange_frames(const http_options& options, cmc::operation which,
                              const bytes& message, report::encoding as) {
  framed_connection to{options.url, options.timeout};
  if (const auto opened = to.open(); !opened)
    return opened.error();
  if (const auto sent = to.send(make_frame(which, message)); !sent)
    return sent.error();
  const auto header = to.receive(header_bytes);
  if (!header)
    return header.error();
  reader in{*header, "frame"};
  const std::size_t length = in.u32be("length");
  const auto type = in.u32be("type");
  if (length > options.max_response_bytes)
    return error{errc::io, options.url + ": a response of " + std::to_string(length) + " bytes"};
  auto payload = to.receive(length);
  if (!payload)
    return payload.error();
  if (type == static_cast<std::uint32_t>(which))
    return payload;
  if (type != cmc::error_frame)
    return error{errc::io, options.url + ": a response of type " + std::to_string(type)};
  // One that could not be read is answered in JSON.
  const auto is = cmc::encoding_of(*payload);
  const auto why = cmc::read<cmc::error_message>(*payload, is ? *is : as);
  if (!why)
    return error{errc::io, options.url + ": an error that cannot be read"};
  return told_error(why->text, errc::io);
}

} // namespace

result<cmc_send> open_socket(const http_options& options) {
  if (!options.token_file.empty() || !options.tls.certificate.empty() || !options.tls.ca.empty())
    return error{errc::unsupported, "a socket takes no certificate and no token: " + options.url};
  if (!options.url.starts_with(unix_scheme) && !options.url.starts_with(tcp_scheme))
    return error{errc::malformed, "not a unix or tcp URL: " + options.url};
  return cmc_send{[options](cmc::operation which, const bytes& message, report::encoding as) {
    return exchange_frames(options, which, message, as);
  }};
}

} // namespace troth::client
