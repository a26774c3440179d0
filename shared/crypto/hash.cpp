#include "shared/crypto/hash.hpp"

#include <nettle/sha1.h>
#include <nettle/sha2.h>

namespace troth::crypto {

namespace {

// nettle, not EVP_Digest: a log is tens of thousands of hashes of 64 bytes, and
// looking the algorithm up costs three times as much as such a hash.
template <class Context, auto Init, auto Update, auto Digest>
void hash_with(std::initializer_list<byte_view> parts, std::span<std::uint8_t> out) {
  Context context;
  Init(&context);
  for (const auto part : parts)
    Update(&context, part.size(), part.data());
  Digest(&context, out.size(), out.data());
}

} // namespace

digest hash(hash_algorithm algorithm, std::initializer_list<byte_view> parts) {
  digest out{algorithm};
  const auto to = out.bytes_mut();
  switch (algorithm) {
  case hash_algorithm::sha1:
    hash_with<sha1_ctx, sha1_init, sha1_update, sha1_digest>(parts, to);
    break;
  case hash_algorithm::sha256:
    hash_with<sha256_ctx, sha256_init, sha256_update, sha256_digest>(parts, to);
    break;
  case hash_algorithm::sha384:
    hash_with<sha512_ctx, sha384_init, sha512_update, sha384_digest>(parts, to);
    break;
  case hash_algorithm::sha512:
    hash_with<sha512_ctx, sha512_init, sha512_update, sha512_digest>(parts, to);
    break;
  }
  return out;
}

void extend(digest& pcr, byte_view value) {
  pcr = hash(pcr.algorithm(), {pcr.view(), value});
}

} // namespace troth::crypto
