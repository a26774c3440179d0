#pragma once

#include "shared/base/base64.hpp"
#include "shared/base/boxed.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/fields.hpp"
#include "shared/codec/free_object.hpp"
#include "shared/codec/json_writer.hpp"

namespace troth::codec {

/// Writes described values as JSON.
class json_sink {
public:
  explicit json_sink(json_writer& out) : out_(out) {
    // nop
  }

  void write(std::string_view value) { out_.text(value); }
  void write(const std::string& value) { out_.text(value); }
  void write(std::unsigned_integral auto value) { out_.number(std::uint64_t{value}); }
  void write(std::signed_integral auto value) { out_.number(std::int64_t{value}); }
  void write(bool value) { out_.boolean(value); }
  void write(byte_view value) { out_.text(base64(value)); }
  void write(const bytes& value) { out_.text(base64(value)); }

  template <class T>
  void write(hexed<T> value) {
    out_.text(hex(value.value));
  }

  template <class T>
  void write(bounded<T> value) {
    write(value.value);
  }

  template <class T, class U>
  void write(mixed<const std::vector<T>, const std::vector<U>> value) {
    out_.begin_array();
    write_items(*this, value);
    out_.end_array();
  }

  template <class T, class Bytes>
  void write(sealed<T, Bytes> value) {
    out_.text(to_text(value.raw));
  }

  void write(const free_object& value) {
    using nlohmann::json;
    out_.raw(value.value.dump(-1, ' ', false, json::error_handler_t::replace));
  }

  void write(const opaque_value& value) {
    using nlohmann::json;
    out_.raw(to_json_value(value).dump(-1, ' ', false, json::error_handler_t::replace));
  }

  template <class T>
  void write(const std::optional<T>& value) {
    write(*value);
  }

  template <class T>
  void write(const boxed<T>& value) {
    write(*value);
  }

  template <class T>
  void write(const std::vector<T>& values) {
    out_.begin_array();
    for (const auto& value : values)
      write(value);
    out_.end_array();
  }

  template <class T>
  void write(const std::map<std::string, T>& values) {
    out_.begin_object();
    for (const auto& [name, value] : values) {
      out_.name(name);
      write(value);
    }
    out_.end_object();
  }

  template <class T>
  requires std::is_class_v<T> || std::is_enum_v<T>
  void write(const T& value);

private:
  json_writer& out_;
};

/// Writes the members as `describe` names them.
class json_member_writer {
public:
  explicit json_member_writer(json_writer& out) : out_(out) {
    // nop
  }

  template <class T>
  void required(member which, const T& value) {
    out_.name(which.name);
    json_sink{out_}.write(value);
  }

  template <class T>
  void optional(member which, const T& value) {
    if (!is_empty(value))
      required(which, value);
  }

  void constant(member which, std::string_view value) { required(which, value); }

  template <class T>
  void written(member which, const T& value) {
    required(which, value);
  }

private:
  json_writer& out_;
};

template <class T>
requires std::is_class_v<T> || std::is_enum_v<T>
void json_sink::write(const T& value) {
  if constexpr (has_wire_form<T>) {
    write(wire_form<T>::write(value));
  } else {
    out_.begin_object();
    json_member_writer members{out_};
    describe(members, value);
    out_.end_object();
  }
}

/// Writes a described structure.
template <class T>
std::string to_json(const T& value) {
  json_writer out;
  json_sink{out}.write(value);
  return out.take();
}

} // namespace troth::codec
