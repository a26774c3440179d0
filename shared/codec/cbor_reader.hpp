#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/failure.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troth::codec {

/// What an item is. The first six are CBOR's major types plus one.
enum class cbor_type : std::uint8_t {
  unsigned_integer = 1,
  negative_integer,
  byte_string,
  text,
  array,
  map,
  tag,
  boolean,
  null,
  floating,
  end,       ///< Nothing is left.
  forbidden, ///< Indefinite lengths, undefined, simple values of no meaning.
};

/// Returns `an unsigned integer` and the like, for errors.
std::string_view name(cbor_type type) noexcept;

/// How much freedom the sender had.
enum class cbor_form : std::uint8_t {
  canonical = 1, ///< CTAP2's one encoding of each value.
  definite,      ///< Any length of integers, any order of keys; the lengths are there.
};

/// Takes data items off the front of untrusted bytes: a pull parser over libcbor's streaming
/// decoder. Views point into the input and nothing is allocated for an item.
///
/// The first failure sticks: every later read yields zero or an empty view.
/// Indefinite lengths, simple values but false, true and null, and text that is not UTF-8 are
/// `malformed` in every form; an item that is not canonical is `malformed` where that is asked.
///
/// @see RFC 8949, section 4.2.1; CTAP 2.1, section 8 (canonical form)
class cbor_reader {
public:
  /// @param format names the structure in errors, e.g. "report".
  cbor_reader(byte_view input, std::string_view format, cbor_form form = cbor_form::canonical)
    : input_(input), format_(format), form_(form) {
    // nop
  }

  cbor_reader(bytes&&, std::string_view, cbor_form = {}) = delete; ///< It would outlive its input.

  /// Looks at the next item without taking it.
  cbor_type next_type();

  std::uint64_t unsigned_integer() {
    std::uint64_t value = 0;
    return take_short(cbor_type::unsigned_integer, value)
             ? value
             : take(cbor_type::unsigned_integer).number;
  }

  std::int64_t integer();

  byte_view byte_string() {
    byte_view value;
    return take_short(cbor_type::byte_string, value) ? value
                                                     : take(cbor_type::byte_string).content();
  }

  std::string_view text();
  bool boolean();
  double floating(); ///< Of any width.
  std::uint64_t tag();

  /// Takes a null if one is next. @returns whether.
  bool take_null() {
    constexpr std::uint8_t null = 0xf6;
    if (failure_ || remaining() == 0 || input_[at_] != null)
      return false;
    ++at_;
    return true;
  }

  /// Passes over one item, whatever it is; tags and what is not of this reader's form are refused
  /// there too, floating-point numbers are not.
  void skip();

  /// Returns how many bytes were taken.
  std::size_t position() const noexcept { return at_; }
  std::size_t remaining() const noexcept { return input_.size() - at_; }

  /// Returns the bytes from a former `position` to this one.
  byte_view since(std::size_t start) const { return input_.subspan(start, at_ - start); }

  /// Adds to what the caller counts, and returns the sum.
  std::size_t count(std::size_t more) noexcept { return counted_ += more; }

  bool ok() const noexcept { return !failure_; }
  cbor_form form() const noexcept { return form_; }

  /// Fails at the item taken last. A no-op once failed.
  void fail(errc why, std::string_view detail);

  /// Says in what member, e.g. `context` or `[3]`, the failure is; the innermost goes first.
  /// @pre `!ok()`
  void within(std::string_view member) { failure_.value().within(member); }

  /// Returns it as `report.context.nonce at byte 17: a text, expected a byte string`.
  /// @pre `!ok()`
  troth::error error() const;

  /// Returns `value` if every read succeeded and no byte is left over.
  template <class T>
  result<T> finish(T value) {
    require_end();
    if (failure_)
      return error();
    return value;
  }

private:
  friend class cbor_array;
  friend class cbor_map;

  struct item {
    cbor_type type = cbor_type::end;
    /// Value, count, size, tag; of a negative integer -1 - value; of a floating-point number the
    /// bits of a double.
    std::uint64_t number = 0;
    const std::uint8_t* data = nullptr; ///< Of a byte string or text.

    byte_view content() const noexcept;
  };

  friend struct cbor_callback;

  static constexpr unsigned max_in_header = 23; // a greater number is behind it

  const item& take();
  const item& take(cbor_type expected);

  // Most items have a header of one byte, for which calling the library costs more than all else
  // that is done with the item: a report with a log has ten thousand of them.

  /// Takes such a header, if one of this type is next.
  bool take_short(cbor_type expected, std::uint64_t& number) {
    if (failure_ || remaining() == 0)
      return false;
    const auto first = (static_cast<unsigned>(expected) - 1) << 5;
    const auto rest = input_[at_] - first; // wraps below it
    if (rest > max_in_header)
      return false;
    start_ = at_++;
    number = rest;
    return true;
  }

  /// The same with what is behind it.
  bool take_short(cbor_type expected, byte_view& content) {
    std::uint64_t size = 0;
    if (!take_short(expected, size))
      return false;
    if (size > remaining()) { // the library says what is wrong
      at_ = start_;
      return false;
    }
    content = input_.subspan(at_, static_cast<std::size_t>(size));
    at_ += content.size();
    return true;
  }

  void refuse(int status);
  bool is_shortest(std::size_t item_size) const noexcept;
  std::size_t begin(cbor_type container, std::size_t items_per_entry);
  void end() noexcept { --depth_; }
  void require_end();
  void refuse_type(cbor_type expected);

  byte_view input_;
  std::size_t at_ = 0;
  std::size_t start_ = 0; // of the item taken last
  std::string_view format_;
  cbor_form form_;
  std::size_t depth_ = 0;
  std::size_t counted_ = 0;
  item item_;
  std::optional<failure> failure_; // at start_
};

/// An array being read: its header is taken when this is made, and `size` items follow.
class cbor_array {
public:
  /// Fails `in` with `too_large` above `max` items, `truncated` if they cannot all be there.
  cbor_array(cbor_reader& in, std::size_t max);
  cbor_array(const cbor_array&) = delete;
  cbor_array& operator=(const cbor_array&) = delete;
  ~cbor_array() { in_.end(); }

  std::size_t size() const noexcept { return size_; } ///< 0 if `in` failed.

private:
  cbor_reader& in_;
  std::size_t size_;
};

/// A map being read, key by key.
class cbor_map {
public:
  struct key {
    cbor_type type;        ///< unsigned_integer, negative_integer or text.
    std::uint64_t number;  ///< Of a negative integer -1 - value, of a text its size.
    std::string_view text; ///< Empty for a number.

    /// The order of their canonical encodings.
    friend auto operator<=>(const key&, const key&) = default;
  };

  /// Takes the header and the first key.
  explicit cbor_map(cbor_reader& in);
  cbor_map(const cbor_map&) = delete;
  cbor_map& operator=(const cbor_map&) = delete;
  ~cbor_map() { in_.end(); }

  /// Returns the key whose value is next in the reader; null when all were read or `in` failed.
  const key* current() const noexcept { return is_open() ? &key_ : nullptr; }

  /// Takes the next key, once the value was read. In canonical form, one that is not
  /// greater than the last fails the reader.
  void next() {
    --left_;
    if (!is_open())
      return;
    const auto last = key_;
    take_key();
    if (in_.form() == cbor_form::canonical && key_ <= last)
      in_.fail(errc::malformed, "a map key twice or out of order");
  }

private:
  bool is_open() const noexcept { return left_ > 0 && in_.ok(); }

  void take_key() {
    std::uint64_t number = 0;
    if (in_.take_short(cbor_type::unsigned_integer, number))
      key_ = {cbor_type::unsigned_integer, number, {}};
    else
      take_other_key();
  }

  void take_other_key();

  cbor_reader& in_;
  std::size_t left_; // keys, the current one included
  key key_{};
};

} // namespace troth::codec
