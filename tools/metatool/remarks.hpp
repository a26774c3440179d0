#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"
#include "tools/metatool/commands.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What commands say while and after they work.

namespace troth::metatool {

void remark(const ports& world, std::string_view text);

/// Says why nothing was done. @returns how the process ends.
terminal::exit_code give_up(const ports& world, const error& why);

/// Writes what was made into a file, or says why there is nothing.
terminal::exit_code write(const result<bytes>& made, const path& out, const ports& world);

/// The same, or prints it if there is no file.
terminal::exit_code write_or_print(const result<bytes>& made, const path& out, const ports& world);

/// The largest file that is read.
inline constexpr std::size_t max_input = std::size_t{256} * 1024 * 1024;

/// Says in which file something is wrong.
error in_file(const error& why, const path& file);

/// Reads a small text. @returns as `files::read`.
result<std::string> read_pem(const path& file);

/// Reads the certificates of all these PEM files.
result<std::vector<crypto::certificate>> read_roots(const std::vector<path>& from);

/// Work that takes its time.
struct long_work {
  std::uint64_t files = 0;
  std::uint64_t all_files = 0; ///< 0: nobody knows.
  std::uint64_t bytes = 0;
};

/// Writes over one line again and again while work goes on, if somebody watches: a bar where it is
/// known how much there is.
void show_progress(const ports& world, const long_work& so_far);

/// Leaves that line.
void end_progress(const ports& world);

} // namespace troth::metatool
