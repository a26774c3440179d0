#include "shared/base/text.hpp"

#include <algorithm>

namespace troth {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (auto rest = text;;) {
    const auto end = std::min(rest.find(at), rest.size());
    out.push_back(rest.substr(0, end));
    if (end == rest.size())
      return out;
    rest.remove_prefix(end + 1);
  }
}

std::optional<host_and_port> split_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  host_and_port out{text.substr(0, colon), text.substr(colon + 1)};
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

bool is_port(std::string_view text) noexcept {
  constexpr unsigned most = 65'535;
  constexpr std::size_t most_digits = 5;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9')
      return false;
    value = 10 * value + static_cast<unsigned>(c - '0');
  }
  return !text.empty() && text.size() <= most_digits && value <= most;
}

} // namespace troth
