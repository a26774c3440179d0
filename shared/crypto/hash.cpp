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

struct running_hash::context {
  sha1_ctx sha1;
  sha256_ctx sha256;
  sha512_ctx sha512; // of SHA-384, too
};

running_hash::running_hash(hash_algorithm algorithm)
  : algorithm_(algorithm), context_(std::make_unique<context>()) {
  switch (algorithm_) {
  case hash_algorithm::sha1:
    sha1_init(&context_->sha1);
    break;
  case hash_algorithm::sha256:
    sha256_init(&context_->sha256);
    break;
  case hash_algorithm::sha384:
    sha384_init(&context_->sha512);
    break;
  case hash_algorithm::sha512:
    sha512_init(&context_->sha512);
    break;
  }
}

running_hash::~running_hash() = default;

void running_hash::add(byte_view part) {
  switch (algorithm_) {
  case hash_algorithm::sha1:
    return sha1_update(&context_->sha1, part.size(), part.data());
  case hash_algorithm::sha256:
    return sha256_update(&context_->sha256, part.size(), part.data());
  case hash_algorithm::sha384:
  case hash_algorithm::sha512:
    return sha512_update(&context_->sha512, part.size(), part.data());
  }
}

digest running_hash::finish() {
  digest out{algorithm_};
  const auto to = out.bytes_mut();
  switch (algorithm_) {
  case hash_algorithm::sha1:
    sha1_digest(&context_->sha1, to.size(), to.data());
    break;
  case hash_algorithm::sha256:
    sha256_digest(&context_->sha256, to.size(), to.data());
    break;
  case hash_algorithm::sha384:
    sha384_digest(&context_->sha512, to.size(), to.data());
    break;
  case hash_algorithm::sha512:
    sha512_digest(&context_->sha512, to.size(), to.data());
    break;
  }
  return out;
}

void extend(digest& pcr, byte_view value) {
  pcr = hash(pcr.algorithm(), {pcr.view(), value});
}

} // namespace troth::crypto
