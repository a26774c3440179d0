#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/hex.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/messages.hpp"

#include <cstddef>
#include <functional>

namespace troth::actors {

/// Returns the context of what this process begins of itself: a new id, and a trace that begins
/// with it. Empty if `random` has nothing: it names lines of logs and nothing else.
/// @param random draws that many random bytes.
/// @see W3C Trace Context, section 3.2
inline protocol::request_context
own_context(const std::function<result<bytes>(std::size_t)>& random) {
  constexpr std::size_t id_bytes = 8;
  constexpr std::size_t trace_bytes = 16;
  const auto drawn = random(id_bytes + trace_bytes);
  if (!drawn)
    return {};
  const auto id = hex(byte_view{*drawn}.first(id_bytes));
  return {id, "00-" + hex(byte_view{*drawn}.subspan(id_bytes)) + '-' + id + "-00"};
}

} // namespace troth::actors
