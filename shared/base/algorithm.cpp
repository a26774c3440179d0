#include "shared/base/algorithm.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace troth {

std::string_view name(hash_algorithm algorithm) noexcept {
  switch (algorithm) {
  case hash_algorithm::sha1:
    return "SHA-1";
  case hash_algorithm::sha256:
    return "SHA-256";
  case hash_algorithm::sha384:
    return "SHA-384";
  case hash_algorithm::sha512:
    return "SHA-512";
  }
  return {};
}

result<hash_algorithm> parse_hash_algorithm(std::string_view text) {
  constexpr std::array all = {hash_algorithm::sha1, hash_algorithm::sha256, hash_algorithm::sha384,
                              hash_algorithm::sha512};
  for (const auto algorithm : all) // as nearly everybody writes it
    if (name(algorithm) == text)
      return algorithm;
  constexpr std::size_t dash = 3;    // `SHA` is in front of it
  constexpr std::size_t longest = 7; // `SHA-256`
  std::string spelled;
  for (std::size_t at = 0; at < text.size() && text.size() <= longest; ++at)
    if (at != dash || text[at] != '-')
      spelled += text[at] >= 'a' && text[at] <= 'z' ? static_cast<char>(text[at] - 'a' + 'A')
                                                    : text[at];
  for (const auto algorithm : all) {
    std::string without_dash{name(algorithm)};
    std::erase(without_dash, '-');
    if (spelled == without_dash)
      return algorithm;
  }
  return error{errc::unsupported, "hash algorithm"};
}

result<digest> digest::from(hash_algorithm algorithm, byte_view value) {
  if (value.size() != digest_size(algorithm))
    return error{errc::malformed, "digest: " + std::to_string(value.size()) + " bytes for "
                                    + std::string{name(algorithm)}};
  digest out{algorithm};
  std::ranges::copy(value, out.value_.begin());
  return out;
}

} // namespace troth
