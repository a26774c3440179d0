#pragma once

#include "shared/base/boxed.hpp"
#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/fields.hpp"
#include "shared/codec/free_object.hpp"

#include <algorithm>
#include <utility>

namespace troth::codec {

/// How many items room is made for before they are seen.
inline constexpr std::size_t max_reserved_items = 256;

/// Reads described values from CBOR. Failures are the reader's.
class cbor_source {
public:
  explicit cbor_source(cbor_reader& in) : in_(in) {
    // nop
  }

  void read(std::string& out) { out = std::string{in_.text()}; }
  void read(std::string_view& out) { out = in_.text(); }
  void read(std::uint64_t& out) { out = in_.unsigned_integer(); }
  void read(bool& out) { out = in_.boolean(); }

  /// Reads a smaller number, `too_large` if it does not fit.
  template <std::unsigned_integral T>
  void read(T& out) {
    const auto wide = in_.unsigned_integer();
    if (wide > std::numeric_limits<T>::max())
      in_.fail(errc::too_large, std::to_string(wide));
    out = static_cast<T>(wide);
  }

  void read(bytes& out) { read(up_to(std::numeric_limits<std::size_t>::max(), out)); }
  void read(hexed<bytes> out) { read(out.value); }
  void read(hexed<byte_view> out) { out.value = in_.byte_string(); }

  void read(bounded<bytes> out) {
    const auto got = in_.take_null() ? byte_view{} : in_.byte_string();
    if (got.size() > out.max)
      in_.fail(errc::too_large,
               std::to_string(got.size()) + " bytes, at most " + std::to_string(out.max));
    else if (got.size() < out.min)
      in_.fail(errc::malformed, std::to_string(got.size()) + " bytes, expected "
                                  + std::to_string(out.min) + " at least");
    else
      out.value.assign(got.begin(), got.end());
  }

  template <class T>
  void read(bounded<std::vector<T>> out) {
    out.value.clear();
    if (in_.take_null()) // what the reference writes for an empty one
      return;
    const cbor_array items{in_, out.max};
    if (out.is_in_all && in_.count(items.size()) > out.max)
      in_.fail(errc::too_large, "more than " + std::to_string(out.max) + " items in all");
    if (in_.ok())
      out.value.reserve(std::min(items.size(), max_reserved_items));
    for (std::size_t i = 0; i < items.size() && in_.ok(); ++i) {
      read_item(*this, out);
      if (!in_.ok())
        in_.within("[" + std::to_string(i) + "]");
    }
  }

  template <class T, class U>
  void read(mixed<std::vector<T>, std::vector<U>> out) {
    out.known.clear();
    out.others.clear();
    if (in_.take_null())
      return;
    const cbor_array items{in_, out.max};
    for (std::size_t i = 0; i < items.size() && in_.ok(); ++i) {
      read_item(*this, out);
      if (!in_.ok())
        in_.within("[" + std::to_string(i) + "]");
    }
  }

  void read(bounded<std::map<std::string, bytes>> out) {
    out.value.clear();
    if (in_.take_null())
      return;
    for (cbor_map entries{in_}; entries.current() != nullptr; entries.next()) {
      const auto& key = *entries.current();
      if (key.type != cbor_type::text)
        in_.fail(errc::malformed, "a key that is not text");
      if (out.value.size() == out.max)
        in_.fail(errc::too_large, "more than " + std::to_string(out.max) + " entries");
      if (in_.ok())
        read(up_to(out.max_item_bytes, out.value[std::string{key.text}]));
    }
  }

  void read(free_object& out) { codec::read(in_, out); }

  void read(opaque_value& out) {
    const auto start = in_.position();
    in_.skip();
    if (in_.ok())
      out.item = copy(in_.since(start));
  }

  template <class T>
  void read(std::optional<T>& out) {
    read(out.emplace());
  }

  template <class T>
  void read(boxed<T>& out) {
    read(out.emplace());
  }

  template <class T, class Bytes>
  void read(sealed<T, Bytes> out) {
    const auto start = in_.position();
    read(out.value);
    if (in_.ok())
      out.raw = copy(in_.since(start));
  }

  template <class T>
  requires std::is_class_v<T> || std::is_enum_v<T>
  void read(T& out);

  bool ok() const noexcept { return in_.ok(); }
  void fail(errc why, std::string_view detail) { in_.fail(why, detail); }

private:
  cbor_reader& in_;
};

/// Takes the members with a number, or those with a name only, as `describe` names them.
template <bool Named>
class cbor_member_reader {
public:
  cbor_member_reader(cbor_reader& in, cbor_map& entries) : in_(in), entries_(entries) {
    // nop
  }

  template <class T>
  void required(member which, T&& out) {
    if (which.is_named() != Named || !in_.ok())
      return;
    if (seek(which)) {
      take(which, out);
    } else if (in_.ok()) {
      in_.fail(errc::missing, {});
      in_.within(which.name);
    }
  }

  template <class T>
  void optional(member which, T&& out) {
    if (which.is_named() != Named || !seek(which))
      return;
    if (in_.take_null())
      entries_.next();
    else
      take(which, out);
  }

  void constant(member which, std::string_view expected) {
    std::string_view got = expected;
    required(which, got);
    if (in_.ok() && got != expected) {
      in_.fail(errc::unsupported, "expected " + std::string{expected});
      in_.within(which.name);
    }
  }

  template <class T>
  void written(member, const T&) {
    // passed over like any other
  }

private:
  bool seek(member which) {
    while (const auto* key = entries_.current()) {
      if (is_before(*key, which))
        skip();
      else
        return is(*key, which);
    }
    return false;
  }

  void skip() {
    in_.skip();
    entries_.next();
  }

  template <class T>
  void take(member which, T& out) {
    cbor_source{in_}.read(out);
    if (in_.ok())
      entries_.next();
    else
      in_.within(which.name);
  }

  static bool is(const cbor_map::key& key, member which) {
    if constexpr (Named)
      return key.type == cbor_type::text && key.text == which.name;
    else
      return key.type == cbor_type::unsigned_integer
             && key.number == static_cast<std::uint64_t>(which.number);
  }

  static bool is_before(const cbor_map::key& key, member which) {
    if constexpr (Named)
      return key.type != cbor_type::text || key.text.size() < which.name.size()
             || (key.text.size() == which.name.size() && key.text < which.name);
    else
      return key.type == cbor_type::unsigned_integer
             && key.number < static_cast<std::uint64_t>(which.number);
  }

  cbor_reader& in_;
  cbor_map& entries_;
};

template <class T>
requires std::is_class_v<T> || std::is_enum_v<T>
void cbor_source::read(T& out) {
  if constexpr (has_wire_form<T>) {
    read_carried(*this, out);
  } else {
    cbor_map entries{in_};
    cbor_member_reader<false> numbered{in_, entries};
    describe(numbered, out);
    cbor_member_reader<true> named{in_, entries};
    describe(named, out);
    while (entries.current() != nullptr) {
      in_.skip();
      entries.next();
    }
  }
}

/// Reads a described structure and nothing behind it.
/// @param format names it in errors.
/// @param blank what members hold that are not there.
template <class T>
result<T> from_cbor(byte_view input, std::string_view format, T blank = {}) {
  cbor_reader in{input, format};
  cbor_source{in}.read(blank);
  return in.finish(std::move(blank));
}

} // namespace troth::codec
