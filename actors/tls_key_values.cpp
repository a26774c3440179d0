#include "actors/tls_key_values.hpp"

#include <algorithm>
#include <array>

namespace troth::actors {

namespace {

struct named_kind {
  std::string_view name;
  crypto::key_kind kind;
};

constexpr std::array tls_kinds{
  named_kind{"EC256", crypto::key_kind::p256},
  named_kind{"EC384", crypto::key_kind::p384},
  named_kind{"RSA2048", crypto::key_kind::rsa2048},
  named_kind{"RSA3072", crypto::key_kind::rsa3072},
};

constexpr std::array tls_hashes{hash_algorithm::sha256, hash_algorithm::sha384,
                                hash_algorithm::sha512};

} // namespace

result<crypto::key_kind> read_tls_algorithm(std::string_view name) {
  const auto* const found = std::ranges::find(tls_kinds, name, &named_kind::name);
  if (found == tls_kinds.end())
    return error{errc::unsupported, "algorithm: expected EC256, EC384, RSA2048 or RSA3072"};
  return found->kind;
}

result<digest> read_tls_digest(std::string_view hash, const protocol::blob& value) {
  const auto* const algorithm = std::ranges::find_if(tls_hashes,
                                                     [&](auto each) { return name(each) == hash; });
  if (algorithm == tls_hashes.end())
    return error{errc::unsupported, "hash: expected SHA-256, SHA-384 or SHA-512"};
  if (value.size() != digest_size(*algorithm))
    return error{errc::malformed, "digest: expected " + std::to_string(digest_size(*algorithm))
                                    + " bytes, got " + std::to_string(value.size())};
  return digest::from(*algorithm, protocol::to_bytes(value));
}

} // namespace troth::actors
