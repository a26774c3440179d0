#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// What the verifier and troth-policy say to each other over a socket, one question a process.
//
//   verifier:     u8 task, u32 size of the script (big-endian), the script, the result's JSON; end
//   troth-policy: u8 answer, text; end

namespace troth::policy {

enum class task : std::uint8_t {
  compile = 1, ///< See whether it is a script, and run nothing.
  run,
};

enum class answer_kind : std::uint8_t {
  compiled = 1, ///< No text.
  passes,       ///< The script's value was true. No text.
  refuses,      ///< It was false. What it wrote to the console, in the text.
  text,         ///< It was this text.
  no_value,     ///< It was something else: which kind, in the text.
  exception,    ///< It did not compile or threw: what, in the text.
  exhausted,    ///< It took too much memory or recursed too deep.
};

inline constexpr std::size_t max_script_bytes = std::size_t{1024} * 1024;
inline constexpr std::size_t max_result_bytes = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t max_answer_bytes = std::size_t{16} * 1024 * 1024;

/// The global variable in which a script finds the result's JSON, as a text.
inline constexpr const char* result_variable = "json";

} // namespace troth::policy
