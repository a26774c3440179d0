#include "shared/codec/json_writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace troth::codec {

namespace {

bool is_plain(std::string_view text) noexcept {
  return std::ranges::all_of(text,
                             [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
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
  using nlohmann::json;
  if (is_plain(value)) { // most are, and the library is slow for one string
    out_.append(1, '"').append(value).append(1, '"');
    return;
  }
  out_ += json(value).dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace troth::codec
