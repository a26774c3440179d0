#include "shared/link/socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace troth::link {

namespace {

using address_list = std::unique_ptr<addrinfo, decltype([](addrinfo* p) { freeaddrinfo(p); })>;

result<address_list> look_up(const address& name, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const auto port = std::to_string(name.port);
  const auto why = getaddrinfo(name.host.c_str(), port.c_str(), &hints, &found);
  if (why != 0)
    return error{errc::unavailable, name.host + ": " + gai_strerror(why)};
  return address_list{found};
}

class descriptor {
public:
  explicit descriptor(int fd) noexcept : fd_(fd) {
    // nop
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }

  int get() const noexcept { return fd_; }

private:
  int fd_;
};

/// Returns 0 or the errno of a connection attempt.
int try_connect(const addrinfo& where, std::chrono::milliseconds patience) {
  const descriptor fd{
    socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, where.ai_protocol)};
  if (fd.get() < 0)
    return errno;
  if (connect(fd.get(), where.ai_addr, where.ai_addrlen) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return errno;
  pollfd one{fd.get(), POLLOUT, 0};
  if (poll(&one, 1, static_cast<int>(patience.count())) <= 0)
    return ETIMEDOUT;
  int why = 0;
  socklen_t size = sizeof(why);
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &why, &size);
  return why;
}

} // namespace

result<std::vector<address>> resolve(const address& name) {
  const auto found = look_up(name, 0);
  if (!found)
    return found.error();
  std::vector<address> out;
  for (const auto* one = found->get(); one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> host{};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, host.data(), host.size(), nullptr, 0,
                    NI_NUMERICHOST)
        == 0)
      out.push_back({host.data(), name.port});
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

result<void> probe(const address& where, std::chrono::milliseconds patience) {
  const auto found = look_up(where, AI_NUMERICHOST);
  if (!found)
    return found.error();
  const auto why = try_connect(**found, patience);
  if (why != 0)
    return error{errc::unavailable, to_string(where) + ": " + std::generic_category().message(why)};
  return {};
}

} // namespace troth::link
