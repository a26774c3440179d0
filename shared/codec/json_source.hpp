#pragma once

#include "shared/base/base64.hpp"
#include "shared/base/boxed.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/failure.hpp"
#include "shared/codec/fields.hpp"
#include "shared/codec/free_object.hpp"
#include "shared/codec/json.hpp"

#include <utility>

namespace troth::codec {

/// Reads described values from JSON. The first failure sticks.
class json_source {
public:
  explicit json_source(const nlohmann::json& from) : at_(&from) {
    // nop
  }

  void read(std::string& out) { out = text(); }
  void read(std::string_view& out) { out = text(); }
  void read(std::uint64_t& out);
  void read(bool& out);

  /// Reads a smaller number, `too_large` if it does not fit.
  template <std::unsigned_integral T>
  void read(T& out) {
    std::uint64_t wide = 0;
    read(wide);
    if (wide > std::numeric_limits<T>::max())
      fail(errc::too_large, std::to_string(wide));
    out = static_cast<T>(wide);
  }

  void read(bytes& out) { read(up_to(std::numeric_limits<std::size_t>::max(), out)); }
  void read(bounded<bytes> out);
  void read(hexed<bytes> out) { out.value = decoded(from_hex(text())); }

  /// The view is good until the next one is read.
  void read(hexed<byte_view> out) { out.value = scratch_ = decoded(from_hex(text())); }

  template <class T>
  void read(bounded<std::vector<T>> out) {
    out.value.clear();
    const auto size = begin_array(out.max, out.is_in_all);
    out.value.reserve(size); // they are there already
    for (std::size_t i = 0; i < size && ok(); ++i) {
      inside(at_->at(i), [&] { read_item(*this, out); });
      if (!ok())
        within("[" + std::to_string(i) + "]");
    }
  }

  void read(bounded<std::map<std::string, bytes>> out);

  template <class T, class U>
  void read(mixed<std::vector<T>, std::vector<U>> out) {
    out.known.clear();
    out.others.clear();
    const auto size = begin_array(out.max, false);
    for (std::size_t i = 0; i < size && ok(); ++i) {
      inside(at_->at(i), [&] { read_item(*this, out); });
      if (!ok())
        within("[" + std::to_string(i) + "]");
    }
  }

  void read(free_object& out);
  void read(opaque_value& out) { out = from_json_value(*at_); }

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
    out.raw = to_bytes(text());
    const auto value = opened(out.raw);
    if (ok())
      inside(value, [&] { read(out.value); });
  }

  template <class T>
  requires std::is_class_v<T> || std::is_enum_v<T>
  void read(T& out);

  bool ok() const noexcept { return !failure_; }
  void fail(errc why, std::string detail);

  /// Says in what member, e.g. `context` or `[3]`, the failure is; the innermost goes first.
  /// @pre `!ok()`
  void within(std::string_view which) { failure_.value().within(which); }

  /// Has `read_it` read from `value`.
  template <class Read>
  void inside(const nlohmann::json& value, Read read_it) {
    const auto* const outer = std::exchange(at_, &value);
    read_it();
    at_ = outer;
  }

  /// Returns the member, or null if it is absent or this is no object, which fails.
  const nlohmann::json* find(std::string_view name);

  /// Returns `value` if every read succeeded.
  template <class T>
  result<T> finish(std::string_view format, T value) {
    if (failure_)
      return failure_->at(format, {});
    return value;
  }

private:
  std::string_view text();
  std::size_t begin_array(std::size_t max, bool is_in_all);
  bytes decoded(result<bytes> from);
  nlohmann::json opened(byte_view raw);
  void refuse_type(std::string_view expected);

  const nlohmann::json* at_;
  bytes scratch_;
  std::size_t counted_ = 0; // items of arrays whose limit is for all of them
  std::optional<failure> failure_;
};

/// Takes the members as `describe` names them.
class json_member_reader {
public:
  explicit json_member_reader(json_source& in) : in_(in) {
    // nop
  }

  template <class T>
  void required(member which, T&& out) {
    const auto* const value = in_.find(which.name);
    if (!in_.ok())
      return;
    if (value == nullptr)
      refuse(which, errc::missing, {});
    else
      take(which, *value, out);
  }

  template <class T>
  void optional(member which, T&& out) {
    const auto* const value = in_.find(which.name);
    if (value != nullptr && !value->is_null())
      take(which, *value, out);
  }

  void constant(member which, std::string_view expected) {
    std::string_view got = expected;
    required(which, got);
    if (in_.ok() && got != expected)
      refuse(which, errc::unsupported, "expected " + std::string{expected});
  }

  template <class T>
  void written(member, const T&) {
    // passed over like any other
  }

private:
  template <class T>
  void take(member which, const nlohmann::json& value, T& out) {
    in_.inside(value, [&] { in_.read(out); });
    if (!in_.ok())
      in_.within(which.name);
  }

  void refuse(member which, errc why, std::string detail) {
    in_.fail(why, std::move(detail));
    in_.within(which.name);
  }

  json_source& in_;
};

template <class T>
requires std::is_class_v<T> || std::is_enum_v<T>
void json_source::read(T& out) {
  if constexpr (has_wire_form<T>) {
    read_carried(*this, out);
  } else {
    json_member_reader members{*this};
    describe(members, out);
  }
}

/// Reads a described structure.
/// @param format names it in errors.
/// @param blank what members hold that are not there.
template <class T>
result<T> from_json(const nlohmann::json& input, std::string_view format, T blank = {}) {
  json_source in{input};
  in.read(blank);
  return in.finish(format, std::move(blank));
}

} // namespace troth::codec
