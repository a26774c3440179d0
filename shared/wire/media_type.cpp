#include "shared/wire/media_type.hpp"

#include <charconv>
#include <optional>

namespace troth::wire {

namespace {

/// Takes what is before the first `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos)
    return {};
  std::string out{text.substr(begin, text.find_last_not_of(" \t") - begin + 1)};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// A media range with its weight, 0 to 1000.
struct media_range {
  std::string type;
  int weight;
};

/// Reads `0`, `1`, `0.25`: at most three digits behind the point.
std::optional<int> weight_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.')
      || (text[0] != '0' && text[0] != '1'))
    return std::nullopt;
  int value = text[0] == '1' ? 1000 : 0;
  for (std::size_t n = 2, unit = 100; n < text.size(); ++n, unit /= 10) {
    if (text[n] < '0' || text[n] > '9')
      return std::nullopt;
    value += (text[n] - '0') * static_cast<int>(unit);
  }
  return value <= 1000 ? std::optional{value} : std::nullopt;
}

std::optional<media_range> read_range(std::string_view text) {
  media_range out{trimmed(take(text, ';')), 1000};
  while (!text.empty()) {
    const auto parameter = trimmed(take(text, ';'));
    if (!parameter.starts_with("q="))
      continue;
    const auto weight = weight_of(std::string_view{parameter}.substr(2));
    if (!weight)
      return std::nullopt;
    out.weight = *weight;
  }
  return out;
}

/// Returns how closely a range names a type: 0 not at all, 3 exactly.
int closeness(const std::string& range, const std::string& type) {
  if (range == type)
    return 3;
  if (range == "*/*")
    return 1;
  const auto slash = range.find('/');
  return range.ends_with("/*") && type.starts_with(range.substr(0, slash + 1)) ? 2 : 0;
}

int weight_for(const std::string& type, const std::vector<media_range>& ranges) {
  int closest = 0;
  int weight = 0;
  for (const auto& range : ranges)
    if (const auto close = closeness(range.type, type); close > closest) {
      closest = close;
      weight = range.weight;
    }
  return weight;
}

} // namespace

std::string media_type_of(std::string_view header) {
  return trimmed(take(header, ';'));
}

std::string negotiate(std::string_view accept, const std::vector<std::string>& offered) {
  constexpr std::size_t max_ranges = 32; // a browser sends ten
  std::vector<media_range> ranges;
  while (!accept.empty() && ranges.size() < max_ranges)
    if (auto range = read_range(take(accept, ',')); range && !range->type.empty())
      ranges.push_back(*std::move(range));
  if (ranges.empty())
    ranges.push_back({"*/*", 1000});
  std::string best;
  int most = 0;
  for (const auto& type : offered)
    if (const auto weight = weight_for(type, ranges); weight > most) {
      most = weight;
      best = type;
    }
  return best;
}

} // namespace troth::wire
