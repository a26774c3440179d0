#include "services/authentication.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <utility>

namespace troth::services {

namespace {

constexpr std::string_view scheme = "Bearer ";

bool is_bearer(std::string_view authorization) {
  return authorization.size() > scheme.size()
         && std::equal(scheme.begin(), scheme.end(), authorization.begin(),
                       [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

/// Compares all bytes, wherever the first difference is.
bool is_same(byte_view a, byte_view b) {
  unsigned difference = a.size() == b.size() ? 0U : 1U;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

} // namespace

result<http::authenticator> bearer_tokens(const std::vector<std::string>& digests,
                                          const std::string& key) {
  std::vector<bytes> accepted;
  for (const auto& text : digests) {
    auto digest = from_hex(text);
    if (!digest || digest->size() != digest_size(hash_algorithm::sha256))
      return error{errc::malformed, key + ": expected the SHA-256 of a token, 64 hex digits"};
    accepted.push_back(*std::move(digest));
  }
  if (accepted.empty())
    return http::authenticator{};
  return http::authenticator{[accepted = std::move(accepted)](std::string_view authorization) {
    if (!is_bearer(authorization))
      return false;
    const auto given = crypto::hash(hash_algorithm::sha256,
                                    to_bytes(authorization.substr(scheme.size())));
    // All of them, so that how long it takes says nothing about any.
    return std::count_if(accepted.begin(), accepted.end(),
                         [&](const bytes& one) { return is_same(one, given.view()); })
           > 0;
  }};
}

} // namespace troth::services
