#include "shared/policy/process.hpp"

#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

namespace troth::policy {

namespace {

using std::chrono::steady_clock;

error unavailable(const std::string& what, int number) {
  return {errc::unavailable, what + ": " + std::strerror(number)};
}

/// A file descriptor that is closed in the end.
class descriptor {
public:
  explicit descriptor(int number) : number_(number) {
    // nop
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }

  void reset() noexcept {
    if (number_ >= 0)
      close(number_);
    number_ = -1;
  }
  int get() const noexcept { return number_; }

private:
  int number_;
};

/// A child of ours. Whatever happens, it is dead and waited for in the end.
class child {
public:
  explicit child(pid_t id) : id_(id) {
    // nop
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (id_ <= 0)
      return;
    kill(id_, SIGKILL);
    wait();
  }

  /// Waits for its end. @returns the signal that it died of, or 0.
  int wait() noexcept {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
      // once more
    }
    id_ = -1;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

private:
  pid_t id_;
};

/// What a child is started with: our end of the socket on 0 and 1, nowhere on 2, signals as new.
class spawn_plan {
public:
  explicit spawn_plan(int socket) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_adddup2(&files_, socket, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files_, socket, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  /// @returns 0, or an errno.
  int start(std::vector<std::string> command, pid_t& id) const {
    std::vector<char*> arguments;
    for (auto& part : command)
      arguments.push_back(part.data());
    arguments.push_back(nullptr);
    char* environment[] = {nullptr};
    return posix_spawnp(&id, arguments[0], &files_, &attributes_, arguments.data(), environment);
  }

private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// Both directions of the talk with a child.
class conversation {
public:
  conversation(int socket, byte_view question, std::size_t max_said)
    : socket_(socket), left_(question), max_said_(max_said) {
    // nop
  }

  result<bytes> run(steady_clock::time_point deadline) {
    while (!is_over_) {
      const auto rest
        = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
      if (rest.count() <= 0)
        return error{errc::timeout, "policy: no answer in time"};
      pollfd watched{socket_, static_cast<short>(POLLIN | (is_asked_ ? 0 : POLLOUT)), 0};
      if (poll(&watched, 1, static_cast<int>(rest.count())) < 0 && errno != EINTR)
        return unavailable("poll", errno);
      if ((watched.revents & POLLOUT) != 0)
        write_some();
      if ((watched.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        read_some();
      if (said_.size() > max_said_)
        return error{errc::too_large,
                     "policy: an answer of more than " + std::to_string(max_said_) + " bytes"};
    }
    return std::move(said_);
  }

private:
  void write_some() {
    const auto sent = send(socket_, left_.data(), left_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
      left_ = left_.subspan(static_cast<std::size_t>(sent));
    const auto is_broken = sent < 0 && errno != EAGAIN && errno != EINTR;
    if (!left_.empty() && !is_broken)
      return;
    is_asked_ = true;
    shutdown(socket_, SHUT_WR);
  }

  void read_some() {
    std::array<std::uint8_t, 65536> part{};
    const auto got = recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
    if (got > 0)
      said_.insert(said_.end(), part.begin(), part.begin() + got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
      is_over_ = true;
  }

  int socket_;
  byte_view left_;
  std::size_t max_said_;
  bytes said_;
  bool is_asked_ = false;
  bool is_over_ = false;
};

} // namespace

result<ended> ask_process(const std::vector<std::string>& command, byte_view question,
                          std::size_t max_said, std::chrono::milliseconds wall) {
  const auto deadline = steady_clock::now() + wall;
  std::array<int, 2> sockets{-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return unavailable("socketpair", errno);
  const descriptor ours{sockets[0]};
  descriptor theirs{sockets[1]};
  pid_t id = -1;
  if (const auto failed = spawn_plan{theirs.get()}.start(command, id); failed != 0)
    return unavailable(command.front(), failed);
  child process{id};
  theirs.reset(); // else its end would not be ours to see
  auto said = conversation{ours.get(), question, max_said}.run(deadline);
  if (!said)
    return said.error();
  const auto signal = process.wait();
  return ended{*std::move(said), signal};
}

} // namespace troth::policy
