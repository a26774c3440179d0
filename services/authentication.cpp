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
  return http::authenticator{
    [accepted = std::move(accepted)](const credentials& shown) -> std::optional<caller> {
      const auto given = bearer_digest(shown.authorization);
      // All of them, so that how long it takes says nothing about any.
      const auto found = std::count_if(accepted.begin(), accepted.end(), [&](const bytes& one) {
        return given && is_same(one, *given);
      });
      return found > 0 ? std::optional{caller{"token", {}}} : std::nullopt;
    }};
}

std::optional<bytes> bearer_digest(std::string_view authorization) {
  if (!is_bearer(authorization))
    return std::nullopt;
  const auto token = to_bytes(authorization.substr(scheme.size()));
  return copy(crypto::hash(hash_algorithm::sha256, token).view());
}

bool is_same(byte_view a, byte_view b) noexcept {
  unsigned difference = a.size() == b.size() ? 0U : 1U;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

} // namespace troth::services
