#include "shared/atls/told.hpp"

#include <cstddef>

namespace troth::atls {

std::string told(std::string_view text) {
  constexpr std::size_t max_told_bytes = 1024;
  std::string out{text.substr(0, max_told_bytes)};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      c = '?';
  return out;
}

} // namespace troth::atls
