#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troth::wire {

/// The members of a request's body: one JSON object of texts, flags and objects, each taken by its
/// name. The first failure sticks, and a member that nobody took is refused.
///
/// Of an inner object only the text is kept, so that a body costs a small multiple of its
/// size, whatever is in it.
class members {
public:
  /// Reads one JSON object, as strictly as `codec::parse_json`.
  /// @param format names it in errors, e.g. `appraisal`.
  /// @returns the members; `truncated`, `trailing`, `malformed`; `too_large` for one nested too
  ///          deep.
  static result<members> parse(std::string_view body, std::string_view format);

  bool has(std::string_view name) const { return values_.contains(name); }
  bool is_object(std::string_view name) const;

  // Each of these takes a member and returns it; empty if it is absent, or after a failure:
  // `malformed` for one of another kind, `too_large`.

  /// Takes a text of 1 to `max_bytes`.
  std::string text(std::string_view name, std::size_t max_bytes);

  /// Takes base64 of `min` to `max` bytes.
  bytes decoded(std::string_view name, std::size_t min, std::size_t max);

  /// Takes an object, as its text of at most `max_bytes`.
  std::string object(std::string_view name, std::size_t max_bytes);

  /// Takes `true` or `false`; an absent one is `false`.
  bool flag(std::string_view name);

  /// Fails with `why` at the member `name` unless `holds`. A no-op once failed.
  void require(bool holds, errc why, std::string_view name, std::string_view detail);

  /// Returns `value` if nothing failed and every member was taken; `unknown_key` for one that
  /// was not.
  template <class T>
  result<T> finish(T value) {
    if (!values_.empty())
      require(false, errc::unknown_key, values_.begin()->first, "is not read");
    if (failure_)
      return *std::move(failure_);
    return value;
  }

private:
  enum class kind : std::uint8_t { text, object, yes, no, other };
  struct member {
    kind is;
    std::string content; ///< The text, or the object's; of others nothing.
  };
  friend class member_collector;

  explicit members(std::string_view format) : format_(format) {
    // nop
  }
  std::optional<member> take(std::string_view name, kind expected, std::size_t max_bytes);

  std::string_view format_;
  std::map<std::string, member, std::less<>> values_;
  std::optional<error> failure_;
};

} // namespace troth::wire
