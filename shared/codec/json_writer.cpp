#include "shared/codec/json_writer.hpp"

#include "shared/codec/utf8.hpp"

#include <array>

namespace troth::codec {

namespace {

// What stands behind the backslash, RFC 8259, section 7; 0: nothing, the character is itself.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> out{};
  for (std::size_t control = 0; control < 0x20; ++control)
    out.at(control) = 'u';
  out['\b'] = 'b';
  out['\f'] = 'f';
  out['\n'] = 'n';
  out['\r'] = 'r';
  out['\t'] = 't';
  out['"'] = '"';
  out['\\'] = '\\';
  return out;
}();

char escape_of(char c) noexcept {
  return escapes.at(static_cast<std::uint8_t>(c));
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '\\';
  out += escape_of(c);
  if (escape_of(c) == 'u') {
    out += "00";
    out += digits[static_cast<std::uint8_t>(c) >> 4];
    out += digits[static_cast<std::uint8_t>(c) & 0xf];
  }
}

} // namespace

void json_writer::name(std::string_view member) {
  separate();
  quoted(member);
  out_ += ':';
  is_first_ = true;
}

void json_writer::text(std::string_view value) {
  separate();
  quoted(value);
}

void json_writer::number(std::uint64_t value) {
  separate();
  out_ += std::to_string(value);
}

void json_writer::number(std::int64_t value) {
  separate();
  out_ += std::to_string(value);
}

void json_writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void json_writer::raw(std::string_view encoded) {
  separate();
  out_ += encoded;
}

void json_writer::separate() {
  if (!is_first_)
    out_ += ',';
  is_first_ = false;
}

void json_writer::open(char bracket) {
  separate();
  out_ += bracket;
  is_first_ = true;
}

void json_writer::close(char bracket) {
  out_ += bracket;
  is_first_ = false;
}

void json_writer::quoted(std::string_view value) {
  if (!is_utf8(value)) {
    quoted(repair_utf8(value));
    return;
  }
  out_ += '"';
  std::size_t written = 0;
  for (std::size_t at = 0; at < value.size(); ++at)
    if (escape_of(value[at]) != 0) {
      out_ += value.substr(written, at - written);
      append_escaped(out_, value[at]);
      written = at + 1;
    }
  out_ += value.substr(written);
  out_ += '"';
}

} // namespace troth::codec
