#include "services/http/trace.hpp"

#include <algorithm>

namespace troth::services::http {

namespace {

// 00-TRACE-PARENT-FLAGS
constexpr std::size_t trace_at = 3;
constexpr std::size_t trace_digits = 32;
constexpr std::size_t parent_at = trace_at + trace_digits + 1;
constexpr std::size_t parent_digits = 16;
constexpr std::size_t flags_at = parent_at + parent_digits + 1;
constexpr std::size_t whole = flags_at + 2;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// A later version may have more behind the flags, which we do not know.
bool is_good(std::string_view header) {
  const auto has_end = header.size() == whole
                       || (header.size() > whole && header.at(whole) == '-'
                           && !header.starts_with("00"));
  return has_end && header.at(trace_at - 1) == '-' && header.at(parent_at - 1) == '-'
         && header.at(flags_at - 1) == '-' && is_hex(header.substr(0, 2))
         && !header.starts_with("ff") && is_id(header.substr(trace_at, trace_digits))
         && is_id(header.substr(parent_at, parent_digits)) && is_hex(header.substr(flags_at, 2));
}

} // namespace

std::string continue_trace(std::string_view header, std::string_view ids) {
  const auto is_ours = !is_good(header);
  const auto trace = is_ours ? ids.substr(0, trace_digits) : header.substr(trace_at, trace_digits);
  const auto flags = is_ours ? std::string_view{"00"} : header.substr(flags_at, 2);
  return "00-" + std::string{trace} + '-' + std::string{ids.substr(trace_digits)} + '-'
         + std::string{flags};
}

std::string trace_id(std::string_view traceparent) {
  return traceparent.size() < whole ? std::string{}
                                    : std::string{traceparent.substr(trace_at, trace_digits)};
}

} // namespace troth::services::http
