// Confines itself as troth-policy does, then does what its script names: each must end it.

#include "services/policy/confinement.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace {

constexpr std::size_t before_script = 5; // task and size

void attempt(const std::string& what) {
  if (what == "open")
    (void)!open("/etc/passwd", O_RDONLY);
  else if (what == "socket")
    (void)!socket(AF_INET, SOCK_STREAM, 0);
  else if (what == "fork")
    (void)!fork();
  else if (what == "kill")
    (void)!kill(getppid(), 0);
  else if (what == "read")
    (void)!read(STDIN_FILENO, nullptr, 0);
  else if (what == "write elsewhere")
    (void)!write(STDERR_FILENO, "x", 1);
  else if (what == "executable memory")
    (void)!mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

} // namespace

int main() {
  char text[256];
  std::string all;
  for (auto got = read(STDIN_FILENO, text, sizeof text); got > 0;
       got = read(STDIN_FILENO, text, sizeof text))
    all.append(text, static_cast<std::size_t>(got));
  if (all.size() < before_script || !troth::policy_helper::confine(1, 1 << 20))
    return 1;
  attempt(all.substr(before_script));
  (void)!write(STDOUT_FILENO, "\x02", 1); // "it passes"
  _exit(0);
}
