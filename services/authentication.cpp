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
    // Digests are compared, so how long that takes says nothing about a token.
    const auto given = crypto::hash(hash_algorithm::sha256,
                                    to_bytes(authorization.substr(scheme.size())));
    return std::any_of(accepted.begin(), accepted.end(), [&](const bytes& one) {
      return std::equal(one.begin(), one.end(), given.view().begin(), given.view().end());
    });
  }};
}

} // namespace troth::services
