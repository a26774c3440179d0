#include "shared/wire/batch.hpp"

#include <algorithm>
#include <string>

namespace troth::wire {

namespace {

constexpr std::string_view white_space = " \t\r\n";

std::string_view stripped(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(white_space), text.size());
  const auto last = text.find_last_not_of(white_space);
  return text.substr(first, last == std::string_view::npos ? 0 : last + 1 - first);
}

/// Returns where the string that begins at `at` ends, behind its quote; the end if it does not.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.size();
}

/// Returns where an element ends: at the comma or bracket behind it, or the end.
std::size_t end_of_element(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const auto c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']'))
      return at;
    if (c == '{' || c == '[')
      ++depth;
    else if (c == '}' || c == ']')
      depth -= std::min<std::size_t>(depth, 1);
    ++at;
  }
  return text.size();
}

result<std::vector<std::string_view>> checked(std::vector<std::string_view> parts,
                                              std::size_t max_parts) {
  if (parts.empty())
    return error{errc::missing, "batch: is empty"};
  if (parts.size() > max_parts)
    return error{errc::too_large, "batch: more than " + std::to_string(max_parts)};
  return parts;
}

} // namespace

result<std::vector<std::string_view>> split_array(std::string_view body, std::size_t max_parts) {
  const auto text = stripped(body);
  if (!text.starts_with('['))
    return error{errc::malformed, "batch: expected an array"};
  std::vector<std::string_view> parts;
  for (std::size_t at = 1;; ++at) {
    const auto end = end_of_element(text, at);
    if (end == text.size())
      return error{errc::truncated, "batch"};
    const auto part = stripped(text.substr(at, end - at));
    const auto is_last = text[end] == ']';
    if (part.empty() && !(is_last && parts.empty()))
      return error{errc::malformed, "batch: an element is missing"};
    if (!part.empty())
      parts.push_back(part);
    if (parts.size() > max_parts)
      break;
    if (is_last && end + 1 != text.size())
      return error{errc::trailing, "batch"};
    if (is_last)
      break;
    at = end;
  }
  return checked(std::move(parts), max_parts);
}

result<std::vector<std::string_view>> split_lines(std::string_view body, std::size_t max_parts) {
  std::vector<std::string_view> parts;
  while (!body.empty() && parts.size() <= max_parts) {
    const auto end = std::min(body.find('\n'), body.size());
    if (const auto part = stripped(body.substr(0, end)); !part.empty())
      parts.push_back(part);
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return checked(std::move(parts), max_parts);
}

} // namespace troth::wire
