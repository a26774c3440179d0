#pragma once

#include "shared/base/boxed.hpp"
#include "shared/codec/cbor_writer.hpp"
#include "shared/codec/fields.hpp"
#include "shared/codec/free_object.hpp"

#include <algorithm>

namespace troth::codec {

/// Counts the members that would be written.
class member_counter {
public:
  template <class T>
  void required(member, const T&) {
    ++count_;
  }
  template <class T>
  void optional(member, const T& value) {
    count_ += is_empty(value) ? 0 : 1;
  }
  void constant(member, std::string_view) { ++count_; }
  template <class T>
  void written(member, const T&) {
    ++count_;
  }

  std::size_t count() const noexcept { return count_; }

private:
  std::size_t count_ = 0;
};

/// Writes described values as canonical CBOR.
class cbor_sink {
public:
  explicit cbor_sink(cbor_writer& out) : out_(out) {
    // nop
  }

  void write(std::string_view value) { out_.text(value); }
  void write(const std::string& value) { out_.text(value); }
  void write(std::unsigned_integral auto value) { out_.unsigned_integer(value); }
  void write(std::signed_integral auto value) { out_.integer(value); }
  void write(bool value) { out_.boolean(value); }
  void write(byte_view value) { out_.byte_string(value); }
  void write(const bytes& value) { out_.byte_string(value); }

  template <class T>
  void write(hexed<T> value) {
    out_.byte_string(value.value);
  }

  template <class T>
  void write(bounded<T> value) {
    write(value.value);
  }

  template <class T, class U>
  void write(mixed<const std::vector<T>, const std::vector<U>> value) {
    out_.array(value.known.size() + value.others.size());
    write_items(*this, value);
  }

  template <class T, class Bytes>
  void write(sealed<T, Bytes> value) {
    out_.raw(value.raw);
  }

  void write(const free_object& value) { codec::write(out_, value); }
  void write(const opaque_value& value) { out_.raw(value.item); }

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
    out_.array(values.size());
    for (const auto& value : values)
      write(value);
  }

  template <class T>
  void write(const std::map<std::string, T>& values) {
    std::vector<const typename std::map<std::string, T>::value_type*> ordered;
    ordered.reserve(values.size());
    for (const auto& entry : values)
      ordered.push_back(&entry);
    std::ranges::stable_sort(ordered, {}, [](const auto* entry) { return entry->first.size(); });
    out_.map(ordered.size());
    for (const auto* entry : ordered) {
      write(entry->first);
      write(entry->second);
    }
  }

  template <class T>
  requires std::is_class_v<T> || std::is_enum_v<T>
  void write(const T& value);

private:
  cbor_writer& out_;
};

/// Writes the members with a number, or those with a name only.
template <bool Named>
class cbor_member_writer {
public:
  explicit cbor_member_writer(cbor_writer& out) : out_(out) {
    // nop
  }

  template <class T>
  void required(member which, const T& value) {
    if (which.is_named() != Named)
      return;
    if constexpr (Named)
      out_.text(which.name);
    else
      out_.unsigned_integer(static_cast<std::uint64_t>(which.number));
    cbor_sink{out_}.write(value);
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
  cbor_writer& out_;
};

template <class T>
requires std::is_class_v<T> || std::is_enum_v<T>
void cbor_sink::write(const T& value) {
  if constexpr (has_wire_form<T>) {
    write(wire_form<T>::write(value));
  } else {
    member_counter counter;
    describe(counter, value);
    out_.map(counter.count());
    cbor_member_writer<false> numbered{out_};
    describe(numbered, value);
    cbor_member_writer<true> named{out_};
    describe(named, value);
  }
}

/// Writes a described structure.
template <class T>
bytes to_cbor(const T& value) {
  cbor_writer out;
  cbor_sink{out}.write(value);
  return out.take();
}

} // namespace troth::codec
