#include "services/policy/confinement.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <unistd.h>

namespace troth::policy_helper {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "no list of system calls for this architecture"
#endif

// What the allocator has beside the script's values: the program itself, the input, the answer.
constexpr std::uint64_t memory_beside = std::uint64_t{512} * 1024 * 1024;

constexpr std::uint32_t at(std::size_t offset) noexcept {
  return static_cast<std::uint32_t>(offset);
}

// Of a 64-bit argument the lower half, on machines that are little-endian.
constexpr std::uint32_t argument(std::size_t n) noexcept {
  return at(offsetof(seccomp_data, args) + n * sizeof(std::uint64_t));
}

constexpr sock_filter load(std::uint32_t offset) noexcept {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, offset};
}

/// Goes on with the next if the loaded value is `value`, else passes over `skipped`.
constexpr sock_filter unless(std::uint32_t value, std::uint8_t skipped) noexcept {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, skipped, value};
}

/// Passes over the next if the loaded value is `value`.
constexpr sock_filter skip_if(std::uint32_t value) noexcept {
  return {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value};
}

/// Goes on with the next if one of `bits` is set, else passes over `skipped`.
constexpr sock_filter unless_any(std::uint32_t bits, std::uint8_t skipped) noexcept {
  return {BPF_JMP | BPF_JSET | BPF_K, 0, skipped, bits};
}

constexpr sock_filter end_with(std::uint32_t action) noexcept {
  return {BPF_RET | BPF_K, 0, 0, action};
}

constexpr auto allow = end_with(SECCOMP_RET_ALLOW);
constexpr auto kill_process = end_with(SECCOMP_RET_KILL_PROCESS);

// clang-format off: a line for each system call
bool filter_system_calls() {
  static std::array program = {
    load(at(offsetof(seccomp_data, arch))),
    skip_if(architecture),
    kill_process,
    load(at(offsetof(seccomp_data, nr))),
    unless(__NR_exit_group, 1),
    allow,
    unless(__NR_brk, 1),
    allow,
    unless(__NR_munmap, 1),
    allow,
    unless(__NR_mremap, 1),
    allow,
    unless(__NR_madvise, 1),
    allow,
    unless(__NR_clock_gettime, 1),
    allow,
    unless(__NR_getrandom, 1),
    allow, // the allocator asks for a number once
    unless(__NR_write, 3),
    load(argument(0)),
    unless(STDOUT_FILENO, 1),
    allow,
    load(at(offsetof(seccomp_data, nr))),
    unless(__NR_mmap, 4),
    load(argument(2)),
    unless_any(PROT_EXEC, 1),
    kill_process,
    allow,
    kill_process,
  };
  const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) == 0;
}
// clang-format on

bool limit(__rlimit_resource_t what, std::uint64_t soft, std::uint64_t hard) {
  const rlimit value{soft, hard};
  return setrlimit(what, &value) == 0;
}

} // namespace

bool confine(std::uint64_t cpu_seconds, std::uint64_t memory_bytes) {
  const auto memory = memory_bytes + memory_beside;
  return limit(RLIMIT_CPU, cpu_seconds, cpu_seconds + 1) && limit(RLIMIT_AS, memory, memory)
         && limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_FSIZE, 0, 0) && limit(RLIMIT_NOFILE, 0, 0)
         && limit(RLIMIT_NPROC, 0, 0) && filter_system_calls();
}

} // namespace troth::policy_helper
