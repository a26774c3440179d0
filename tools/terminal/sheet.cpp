#include "tools/terminal/sheet.hpp"

#include <algorithm>

namespace troth::terminal {

namespace {

constexpr std::size_t label_width = 14; // the blanks behind it included
constexpr std::size_t mark_width = 6;

std::string_view colour_of(tone in) {
  switch (in) {
  case tone::good:
    return "\x1b[32m";
  case tone::caution:
    return "\x1b[33m";
  case tone::bad:
    break;
  }
  return "\x1b[1;31m";
}

/// Blanks to `width`, and one at least.
std::string gap(std::string_view behind, std::size_t width) {
  return std::string(std::max<std::size_t>(width - std::min(width, columns(behind)), 1), ' ');
}

} // namespace

void sheet::heading(const mark& of, std::string_view what) {
  out_ += out_.empty() ? "" : "\n";
  out_ += painted(of) + "  ";
  put(what, columns(of.word) + 2);
}

void sheet::heading(std::string_view what) {
  out_ += out_.empty() ? "" : "\n";
  put(what, 0);
}

void sheet::row(std::size_t indent, std::string_view label, std::string_view text) {
  if (text.empty())
    return;
  const auto blanks = gap(label, label_width);
  out_ += std::string(indent, ' ') + std::string{label} + blanks;
  put(text, indent + columns(label) + blanks.size());
}

void sheet::marked_row(std::size_t indent, const mark& of, std::string_view text) {
  const auto blanks = gap(of.word, mark_width);
  out_ += std::string(indent, ' ') + painted(of) + blanks;
  put(text, indent + columns(of.word) + blanks.size());
}

void sheet::line(std::size_t indent, std::string_view text) {
  out_ += std::string(indent, ' ');
  put(text, indent);
}

std::string sheet::painted(const mark& of) const {
  if (to_ == screen::plain)
    return std::string{of.word};
  return std::string{colour_of(of.in)} + std::string{of.word} + "\x1b[0m";
}

void sheet::put(std::string_view text, std::size_t indent) {
  const auto allowed = to_ == screen::terminal ? charset::utf8 : charset::ascii;
  out_ += wrapped(printable(text, allowed), indent, width_);
}

} // namespace troth::terminal
