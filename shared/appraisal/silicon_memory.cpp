#include "shared/appraisal/silicon_memory.hpp"

#include "shared/crypto/hash.hpp"

namespace troth::appraisal {

digest silicon_key(std::string_view what, std::span<const crypto::certificate> roots,
                   std::span<const digest> root_keys, std::span<const byte_view> from) {
  constexpr auto algorithm = hash_algorithm::sha256;
  auto out = crypto::hash(algorithm, to_bytes(what));
  for (const auto& root : roots)
    crypto::extend(out, root.sha256().view());
  crypto::extend(out, crypto::hash(algorithm, to_bytes("keys")).view());
  for (const auto& key : root_keys)
    crypto::extend(out, key.view());
  for (const auto part : from)
    crypto::extend(out, crypto::hash(algorithm, part).view());
  return out;
}

} // namespace troth::appraisal
