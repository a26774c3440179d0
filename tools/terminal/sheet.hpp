#pragma once

#include "tools/terminal/text.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troth::terminal {

/// What is written to.
enum class screen : std::uint8_t {
  plain,    ///< A pipe or a file: ASCII, no colours.
  terminal, ///< UTF-8 and colours.
};

enum class tone : std::uint8_t { good, caution, bad };

/// A word in the colour of its tone, where there are colours.
struct mark {
  std::string_view word;
  tone in;
};

/// Lines of labels and texts for people to read. Each text is wrapped below its own first line
/// and may come from anybody: see `printable`.
class sheet {
public:
  sheet(screen to, std::size_t width) : to_(to), width_(width) {
    // nop
  }

  /// `FAIL  what`, behind an empty line unless it is the first.
  void heading(const mark& of, std::string_view what);

  /// A heading without a mark.
  void heading(std::string_view what);

  /// `  label        text`; nothing for an empty text.
  void row(std::size_t indent, std::string_view label, std::string_view text);

  /// `  ok          text`.
  void marked_row(std::size_t indent, const mark& of, std::string_view text);

  /// A line as it is.
  void line(std::size_t indent, std::string_view text);

  std::string take() && { return std::move(out_); }

private:
  std::string painted(const mark& of) const;
  void put(std::string_view text, std::size_t indent);

  screen to_;
  std::size_t width_;
  std::string out_;
};

} // namespace troth::terminal
