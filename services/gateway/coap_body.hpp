#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace troth::services {

/// A request's body that comes in blocks, each of which says where it belongs.
/// @see RFC 7959, section 2.5
class coap_body {
public:
  enum class step : std::uint8_t {
    more,      ///< Taken, or had already; others must follow.
    whole,     ///< Taken, and was the last.
    gap,       ///< Does not follow what is there.
    too_large, ///< Ends beyond `max_bytes`.
  };

  explicit coap_body(std::size_t max_bytes = 0) : max_bytes_(max_bytes) {
    // nop
  }

  /// Takes a block. One at 0 begins anew.
  /// @param is_last nothing comes behind it.
  step add(std::size_t offset, std::string_view block, bool is_last);

  std::size_t size_bytes() const noexcept { return content_.size(); }

  /// Returns what was taken, and is empty after that.
  std::string take() { return std::exchange(content_, {}); }

private:
  std::size_t max_bytes_;
  std::string content_;
};

} // namespace troth::services
