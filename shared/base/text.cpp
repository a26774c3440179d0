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

} // namespace troth
