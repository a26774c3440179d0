#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// A structure's members are described once, for reading and writing, JSON and CBOR:
//
//   void describe(auto& fields, codec::of<artifact> auto& x) {
//     fields.required({"type", 0}, x.type);
//     fields.required({"index", 1}, x.index);
//     fields.optional({"events", 2}, codec::up_to(max_events, x.events));
//   }
//
// `required`  absent: `missing`.
// `optional`  absent: the value stays as it is; an empty one is not written.
// `constant`  a text that must be there as it is, or `unsupported`.
// `written`   written, and passed over when read.
//
// The order is that of JSON. Those with a number must be in ascending order of it, those
// without one in ascending order of length and then of bytes: CBOR is read and written in one
// pass, numbers first. Members that are not described are passed over.
//
// Values: text, unsigned integers, booleans, `bytes` (JSON: base64, CBOR: byte string), described
// structures, `free_object`, `opaque_value`, `std::optional` and `boxed` of them, and what the
// wrappers below make of others.

namespace troth::codec {

/// Where a member is: under its name in JSON, under its number in CBOR. Without a number, under
/// its name in both.
struct member {
  std::string_view name;
  std::int64_t number = by_name;

  static constexpr std::int64_t by_name = -1;

  constexpr bool is_named() const noexcept { return number == by_name; }
};

/// `Model` to be read, or `const Model` to be written.
template <class T, class Model>
concept of = std::same_as<std::remove_const_t<T>, Model>;

/// Bytes that are hex in JSON.
template <class T>
struct hexed {
  explicit hexed(T& bytes) : value(bytes) {
    // nop
  }

  T& value;
};

/// Bytes, an array, or a map with text as keys, of limited size.
template <class T>
struct bounded {
  T& value;
  std::size_t min = 0;
  std::size_t max = 0;
  std::size_t max_item_bytes = std::numeric_limits<std::size_t>::max(); ///< Of items of bytes.
  bool is_in_all = false; ///< `max` is for all arrays together for which this is set.
};

template <class T>
bounded<T> up_to(std::size_t max, T& value) {
  return {value, 0, max};
}

template <class T>
bounded<T> up_to(std::size_t max, std::size_t max_item_bytes, T& value) {
  return {value, 0, max, max_item_bytes};
}

/// Limits the items of all arrays that are described with this, as a structure with several is
/// read, so that many small ones do not add up.
template <class T>
bounded<T> up_to_in_all(std::size_t max, T& value) {
  return {value, 0, max, std::numeric_limits<std::size_t>::max(), true};
}

template <class T>
bounded<T> between(std::size_t min, std::size_t max, T& value) {
  return {value, min, max};
}

/// An array of which the items that `wire_form` does not know are kept beside the others, each with
/// its place in the array (`place`), so that it is written as it was read.
template <class Known, class Others>
struct mixed {
  mixed(std::size_t most, Known& those, Others& rest) : max(most), known(those), others(rest) {
    // nop
  }

  std::size_t max;
  Known& known;
  Others& others;
};

/// A value in the form in which it is hashed. CBOR: the item itself. JSON: a text, which is the
/// base64url of the value's JSON. `raw` are the item's, or the text's bytes; only they are written.
template <class T, class Bytes>
struct sealed {
  sealed(T& of, Bytes& carried) : value(of), raw(carried) {
    // nop
  }

  T& value;
  Bytes& raw;
};

/// To be specialised for a type that is carried as another:
///
///   template <> struct wire_form<time_point> {
///     using type = std::string;
///     static type write(const time_point&);
///     static result<time_point> read(const type&);
///   };
///
/// An array leaves out an item whose `read` returns `unsupported`. In a `mixed` one, `keep` makes
/// of it what is kept, and another `write` what is carried of that.
template <class T>
struct wire_form;

template <class T>
concept has_wire_form = requires {
  typename wire_form<T>::type;
};

/// Reads a value that is carried as another, for `cbor_source` and `json_source`.
template <class Source, class T>
void read_carried(Source& in, T& out) {
  typename wire_form<T>::type carried{};
  in.read(carried);
  if (!in.ok())
    return;
  if (auto value = wire_form<T>::read(carried))
    out = *std::move(value);
  else
    in.fail(value.error().code, value.error().where);
}

/// Reads an item of an array, likewise.
template <class Source, class T>
void read_item(Source& in, bounded<std::vector<T>> out) {
  if constexpr (has_wire_form<T>) {
    typename wire_form<T>::type carried{};
    in.read(carried);
    if (!in.ok())
      return;
    if (auto item = wire_form<T>::read(carried))
      out.value.push_back(*std::move(item));
    else if (item.error().code != errc::unsupported)
      in.fail(item.error().code, item.error().where);
  } else if constexpr (std::same_as<T, bytes>) {
    in.read(up_to(out.max_item_bytes, out.value.emplace_back()));
  } else {
    in.read(out.value.emplace_back());
  }
}

/// Reads an item of an array that keeps those it does not know.
template <class Source, class T, class U>
void read_item(Source& in, mixed<std::vector<T>, std::vector<U>> out) {
  typename wire_form<T>::type carried{};
  in.read(carried);
  if (!in.ok())
    return;
  if (auto item = wire_form<T>::read(carried))
    out.known.push_back(*std::move(item));
  else if (item.error().code == errc::unsupported)
    out.others.push_back(wire_form<T>::keep(out.known.size() + out.others.size(), carried));
  else
    in.fail(item.error().code, item.error().where);
}

/// Writes the items of such an array, each in its place.
template <class Sink, class T, class U>
void write_items(Sink& to, const mixed<const std::vector<T>, const std::vector<U>>& from) {
  auto other = from.others.begin();
  std::size_t place = 0;
  const auto write_other = [&] {
    to.write(wire_form<T>::write(*other++));
    ++place;
  };
  for (const auto& item : from.known) {
    while (other != from.others.end() && other->place <= place)
      write_other();
    to.write(wire_form<T>::write(item));
    ++place;
  }
  while (other != from.others.end())
    write_other();
}

/// Whether an optional member with this value is left out.
template <class T>
bool is_empty(const T& value) {
  if constexpr (std::is_arithmetic_v<T>)
    return value == T{};
  else if constexpr (requires { value.has_value(); })
    return !value.has_value();
  else if constexpr (requires { value.empty(); })
    return value.empty();
  else if constexpr (requires { value.raw; })
    return value.raw.empty();
  else if constexpr (requires { value.others; })
    return value.known.empty() && value.others.empty();
  else if constexpr (requires { value.value; })
    return is_empty(value.value);
  else
    return false;
}

} // namespace troth::codec
