#include "shared/base/algorithm.hpp"

#include <algorithm>

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
  for (const auto algorithm : {hash_algorithm::sha1, hash_algorithm::sha256, hash_algorithm::sha384,
                               hash_algorithm::sha512})
    if (name(algorithm) == text)
      return algorithm;
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
