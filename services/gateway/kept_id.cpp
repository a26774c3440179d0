#include "services/gateway/kept_id.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

namespace troth::services {

std::string digest_of(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts)
    (all += '\0') += part;
  return hex(crypto::hash(hash_algorithm::sha256, to_bytes(all)).view());
}

} // namespace troth::services
