#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace troth::codec {

/// Writes compact JSON, members in the order they are given.
class json_writer {
public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void name(std::string_view member); ///< Its value must follow.
  void text(std::string_view value);  ///< U+FFFD stands for what is not UTF-8.
  void number(std::uint64_t value);
  void number(std::int64_t value);
  void boolean(bool value);
  void raw(std::string_view encoded); ///< A value that is encoded already.

  std::string take() { return std::move(out_); }

private:
  void separate();
  void open(char bracket);
  void close(char bracket);
  void quoted(std::string_view value);

  std::string out_;
  bool is_first_ = true; // of its object or array, or the value of a member
};

} // namespace troth::codec
