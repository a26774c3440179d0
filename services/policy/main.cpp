// troth-policy: runs one script over one result, then ends. shared/policy starts it and says what
// to do. It knows nothing else, and can do nothing else: see confinement.hpp.

#include "services/policy/confinement.hpp"
#include "services/policy/engine.hpp"
#include "shared/base/reader.hpp"
#include "shared/policy/exchange.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <unistd.h>

namespace {

using namespace troth;
using namespace troth::policy_helper;

constexpr int wrong_usage = 2;

/// Reads a number behind its flag; 0: there is none.
std::uint64_t number_behind(std::string_view flag, int argc, char** argv) {
  for (int n = 1; n + 1 < argc; ++n)
    if (argv[n] == flag) {
      const std::string_view text{argv[n + 1]};
      std::uint64_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    }
  return 0;
}

bytes read_all() {
  bytes out;
  std::uint8_t part[65536];
  for (;;) {
    const auto got = read(STDIN_FILENO, part, sizeof part);
    if (got <= 0)
      return out;
    out.insert(out.end(), part, part + got);
    if (out.size() > policy::max_script_bytes + policy::max_result_bytes + 5)
      return {};
  }
}

constexpr std::string_view help
  = "troth-policy --cpu-seconds N --memory-bytes N\n"
    "Runs one script over one attestation result, for troth-verifier and troth-testtool, which\n"
    "write both to its standard input: docs/policies.md.\n";

void write_all(byte_view what) {
  while (!what.empty()) {
    const auto sent = write(STDOUT_FILENO, what.data(), what.size());
    if (sent <= 0)
      return;
    what = what.subspan(static_cast<std::size_t>(sent));
  }
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view first{argc > 1 ? argv[1] : ""};
  if (first == "--help" || first == "--version") {
    write_all(to_bytes(first == "--help" ? help : "troth-policy " TROTH_VERSION "\n"));
    return 0;
  }
  const auto cpu_seconds = number_behind("--cpu-seconds", argc, argv);
  const auto memory_bytes = number_behind("--memory-bytes", argc, argv);
  if (cpu_seconds == 0 || memory_bytes == 0)
    return wrong_usage;
  const auto input = read_all();
  reader in{input, "policy"};
  const auto what = in.u8("task");
  const auto size = in.u32be("script");
  in.require(size <= policy::max_script_bytes, errc::too_large, "script");
  const auto script = in.take(in.ok() ? size : 0, "script");
  const auto json = in.take(in.remaining(), "result");
  if (!in.ok() || !confine(cpu_seconds, memory_bytes))
    return wrong_usage;
  const auto said = answer(static_cast<policy::task>(what), script, json, memory_bytes);
  write_all(said);
  _exit(0); // what is left to clean up needs more than is allowed here
}
