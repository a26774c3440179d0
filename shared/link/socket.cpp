#include "shared/link/socket.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <system_error>

namespace troth::link {

namespace {

constexpr std::size_t max_groups = 65'536; // Linux's own limit

constexpr int backlog = 512;

using address_list = std::unique_ptr<addrinfo, decltype([](addrinfo* p) { freeaddrinfo(p); })>;

std::string text_of(int number) {
  return std::generic_category().message(number);
}

result<address_list> look_up(const address& name, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const auto port = std::to_string(name.port);
  const auto* host = name.host.empty() ? nullptr : name.host.c_str();
  const auto why = getaddrinfo(host, port.c_str(), &hints, &found);
  if (why != 0)
    return error{errc::unavailable, name.host + ": " + gai_strerror(why)};
  return address_list{found};
}

descriptor open_socket(int family) {
  return descriptor{socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), out.sun_path); // whose length parse_endpoint checked
  return out;
}

int connect_unix(int fd, const std::string& path) {
  const auto to = unix_address(path);
  return connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0 ? 0 : errno;
}

/// Returns 0 or why nobody can listen at `path`.
int bind_unix(int fd, const std::string& path) {
  const auto other = open_socket(AF_UNIX);
  struct stat there {};
  const auto is_left_behind = connect_unix(other.get(), path) == ECONNREFUSED // a plain file, too
                              && lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode);
  if (is_left_behind && unlink(path.c_str()) != 0)
    return errno;
  const auto at = unix_address(path);
  const auto mask = umask(0111); // whoever reaches the folder may connect: credentials decide
  const auto done = bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
  const auto why = errno;
  umask(mask);
  return done == 0 ? 0 : why;
}

int bind_tcp(int fd, const addrinfo& at) {
  const int on = 1; // else a restart waits until old connections are forgotten
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  return bind(fd, at.ai_addr, at.ai_addrlen) == 0 ? 0 : errno;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage at{};
  socklen_t size = sizeof(at);
  std::array<char, NI_MAXSERV> port{};
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0
      || getnameinfo(reinterpret_cast<const sockaddr*>(&at), size, nullptr, 0, port.data(),
                     port.size(), NI_NUMERICSERV)
           != 0)
    return 0;
  return static_cast<std::uint16_t>(std::stoul(port.data()));
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

listening_socket::listening_socket(descriptor fd, endpoint where)
  : fd_(std::move(fd)), where_(std::move(where)) {
  struct stat status {};
  if (where_.is_local() && stat(where_.path.c_str(), &status) == 0) {
    device_ = status.st_dev;
    file_ = status.st_ino;
  }
}

listening_socket::~listening_socket() {
  struct stat now {};
  const auto is_ours = fd_ && where_.is_local() && stat(where_.path.c_str(), &now) == 0
                       && now.st_dev == device_ && now.st_ino == file_;
  if (is_ours) // and not that of a process that came after us
    unlink(where_.path.c_str());
}

result<listening_socket> listening_socket::open(const endpoint& at) {
  const auto refused = [&](int why) {
    return error{errc::io, "cannot listen on " + to_string(at) + ": " + text_of(why)};
  };
  address_list found;
  if (!at.is_local()) {
    auto looked_up = look_up(at.at, AI_PASSIVE);
    if (!looked_up)
      return error{errc::io, "cannot listen on " + to_string(at) + ": " + looked_up.error().where};
    found = *std::move(looked_up);
  }
  auto fd = open_socket(at.is_local() ? AF_UNIX : found->ai_family);
  if (!fd)
    return refused(errno);
  if (const auto why = at.is_local() ? bind_unix(fd.get(), at.path) : bind_tcp(fd.get(), *found);
      why != 0)
    return refused(why);
  if (listen(fd.get(), backlog) != 0)
    return refused(errno);
  auto where = at;
  if (!at.is_local())
    where.at.port = port_of(fd.get());
  return listening_socket{std::move(fd), std::move(where)};
}

result<descriptor> connect_to(const endpoint& where) {
  const auto refused = [&](int why) {
    return error{errc::unavailable, to_string(where) + ": " + text_of(why)};
  };
  if (where.is_local()) {
    auto fd = open_socket(AF_UNIX);
    if (!fd)
      return refused(errno);
    if (const auto why = connect_unix(fd.get(), where.path); why != 0)
      return refused(why);
    prepare_local(fd.get());
    return fd;
  }
  const auto found = look_up(where.at, AI_NUMERICHOST);
  if (!found)
    return error{errc::malformed, to_string(where) + ": no number of a host"};
  auto fd = open_socket((*found)->ai_family);
  if (!fd)
    return refused(errno);
  prepare_tcp(fd.get());
  if (connect(fd.get(), (*found)->ai_addr, (*found)->ai_addrlen) != 0 && errno != EINPROGRESS)
    return refused(errno);
  return fd;
}

result<void> connected(int fd) {
  int why = 0;
  socklen_t size = sizeof(why);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size);
  if (why != 0)
    return error{errc::unavailable, text_of(why)};
  return {};
}

void prepare_local(int fd) {
  // A writer that had to wait goes on only when three quarters of it were read (unix_writable).
  const int held_bytes = 4096 * 1024;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &held_bytes, sizeof(held_bytes));
}

void prepare_tcp(int fd) {
  const int on = 1;
  const unsigned unacknowledged_ms = 15'000;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof(unacknowledged_ms));
}

result<local_user> peer_of(int fd) {
  ucred found{};
  socklen_t size = sizeof(found);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0)
    return error{errc::io, "peer credentials: " + text_of(errno)};
  std::vector<gid_t> others(max_groups);
  auto bytes_of_others = static_cast<socklen_t>(others.size() * sizeof(gid_t));
  if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, others.data(), &bytes_of_others) != 0)
    return error{errc::io, "peer's groups: " + text_of(errno)};
  others.resize(bytes_of_others / sizeof(gid_t));
  return local_user{found.uid, found.gid, std::move(others)};
}

} // namespace troth::link
