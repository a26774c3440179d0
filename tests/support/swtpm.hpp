#pragma once

#include "shared/link/descriptor.hpp"
#include "tests/support/temporary_folder.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troth::testing {

/// A software TPM with certified endorsement keys, made and run by the scripts in deploy/swtpm,
/// for as long as this object lives.
class swtpm {
public:
  /// Returns whether there is one on this machine; says so once if not.
  static bool is_installed() {
    static const bool installed = [] {
      const bool found = std::system("command -v swtpm >/dev/null 2>&1 && "
                                     "command -v swtpm_setup >/dev/null 2>&1")
                         == 0;
      if (!found)
        std::puts("SKIPPED: no swtpm on this machine");
      return found;
    }();
    return installed;
  }

  swtpm() {
    const auto setup = script("setup") + " '" + folder_.path().string() + "' >/dev/null";
    if (std::system(setup.c_str()) != 0)
      throw std::runtime_error{setup};
    power_on();
  }
  swtpm(const swtpm&) = delete;
  swtpm& operator=(const swtpm&) = delete;
  ~swtpm() { power_off(); }

  std::string tcti() const { return "swtpm:host=127.0.0.1,port=" + std::to_string(port_); }

  /// PEM: the CA that certified the endorsement keys.
  std::filesystem::path ek_roots() const { return folder_.path() / "ek-roots.pem"; }

  void power_off() {
    if (process_ <= 0)
      return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = -1;
  }

  void power_on() {
    port_ = reserve_ports();
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that crashes leaves none behind
      const auto start = script("start");
      execl(start.c_str(), start.c_str(), folder_.path().c_str(), std::to_string(port_).c_str(),
            nullptr);
      _exit(127);
    }
    for (int tries = 0; tries < 500; ++tries) {
      if (is_listening(port_))
        return;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw std::runtime_error{"swtpm does not listen"};
  }

private:
  static std::string script(const char* name) {
    return std::string{TROTH_SOURCE_DIR "/deploy/swtpm/"} + name;
  }

  static sockaddr_in address(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
  }

  template <class Call>
  static bool with_socket(Call call, std::uint16_t port) {
    const auto fd = socket(AF_INET, SOCK_STREAM, 0);
    const auto to = address(port);
    const bool done = call(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
    close(fd);
    return done;
  }

  /// The control port: a connection there does not take the TPM away from anybody.
  static bool is_listening(std::uint16_t port) {
    return with_socket(connect, static_cast<std::uint16_t>(port + 1));
  }

  /// Two adjacent ports that nobody has, below those that the kernel gives to connections. They are
  /// reserved as deploy/demo.d/processes.py does it, so that tests side by side take others.
  std::uint16_t reserve_ports() {
    std::random_device random;
    std::uniform_int_distribution<std::uint16_t> any{10000, 31998};
    for (int tries = 0; tries < 1000; ++tries) {
      const auto port = any(random);
      const auto next = static_cast<std::uint16_t>(port + 1);
      if (reserve(port) && reserve(next) && with_socket(bind, port) && with_socket(bind, next))
        return port;
    }
    throw std::runtime_error{"no free port"};
  }

  bool reserve(std::uint16_t port) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const auto text = "troth-port-" + std::to_string(port);
    std::ranges::copy(text, name.sun_path + 1);
    link::descriptor held{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    if (bind(held.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0)
      return false;
    reservations_.push_back(std::move(held));
    return true;
  }

  temporary_folder folder_;
  std::vector<link::descriptor> reservations_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

} // namespace troth::testing
