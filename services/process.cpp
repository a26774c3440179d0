#include "services/process.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <thread>
#include <unistd.h>

namespace troth::services {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

} // namespace

void block_stop_signals() {
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_stop() {
  const auto signals = stop_signals();
  int signal = 0;
  sigwait(&signals, &signal);
}

void request_stop() {
  kill(getpid(), SIGTERM);
}

void notify_supervisor(std::string_view state) {
  const auto* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr)
    return;
  const std::string name{path};
  sockaddr_un to{};
  if (name.empty() || name.size() >= sizeof(to.sun_path))
    return;
  to.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), to.sun_path);
  auto size = offsetof(sockaddr_un, sun_path) + name.size();
  if (name.front() == '@') // in Linux's own name space, where the name ends with its size
    to.sun_path[0] = '\0';
  else
    ++size;
  const auto fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  // Whether systemd hears it changes nothing here.
  [[maybe_unused]] const auto sent = sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                                            reinterpret_cast<const sockaddr*>(&to),
                                            static_cast<socklen_t>(size));
  close(fd);
}

void end_within(std::chrono::milliseconds time, int exit_code) {
  std::thread{[=] {
    std::this_thread::sleep_for(time);
    _exit(exit_code);
  }}.detach();
}

} // namespace troth::services
