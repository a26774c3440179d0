#include "shared/crypto/seal.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <string>

namespace troth::crypto {

using namespace openssl;

namespace {

using cipher_context = owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t iv_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t max_content_bytes = std::numeric_limits<int>::max() - seal_overhead;

int size_of(byte_view view) {
  return static_cast<int>(view.size());
}

error failed() {
  return {errc::internal, "seal: " + error_queue::reason()};
}

} // namespace

result<bytes> seal(const seal_key& key, byte_view content, byte_view associated) {
  const error_queue errors;
  if (content.size() > max_content_bytes || associated.size() > max_content_bytes)
    return error{errc::too_large, "seal: " + std::to_string(content.size()) + " bytes"};
  bytes out(content.size() + seal_overhead);
  const std::span whole{out};
  auto* const iv = whole.data();
  auto* const text = whole.subspan(iv_bytes).data();
  auto* const tag = whole.last(tag_bytes).data();
  const cipher_context context{EVP_CIPHER_CTX_new()};
  int written = 0;
  if (RAND_bytes(iv, iv_bytes) != 1
      || EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), iv) != 1
      || EVP_EncryptUpdate(context.get(), nullptr, &written, associated.data(), size_of(associated))
           != 1
      || EVP_EncryptUpdate(context.get(), text, &written, content.data(), size_of(content)) != 1
      || EVP_EncryptFinal_ex(context.get(), tag, &written) != 1
      || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, tag) != 1)
    return failed();
  return out;
}

result<bytes> open(const seal_key& key, byte_view sealed, byte_view associated) {
  const error_queue errors;
  if (sealed.size() < seal_overhead)
    return error{errc::truncated, "seal: " + std::to_string(sealed.size()) + " bytes"};
  if (sealed.size() > max_content_bytes || associated.size() > max_content_bytes)
    return error{errc::too_large, "seal: " + std::to_string(sealed.size()) + " bytes"};
  const auto iv = sealed.first(iv_bytes);
  const auto text = sealed.subspan(iv_bytes, sealed.size() - seal_overhead);
  auto tag = copy(sealed.last(tag_bytes));
  bytes out(text.size());
  bytes none(1); // where GCM's final step writes nothing
  const cipher_context context{EVP_CIPHER_CTX_new()};
  int written = 0;
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), iv.data()) != 1
      || EVP_DecryptUpdate(context.get(), nullptr, &written, associated.data(), size_of(associated))
           != 1
      || EVP_DecryptUpdate(context.get(), out.data(), &written, text.data(), size_of(text)) != 1
      || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) != 1)
    return failed();
  if (EVP_DecryptFinal_ex(context.get(), none.data(), &written) != 1)
    return error{errc::bad_signature, "seal: message, associated data or key is another"};
  return out;
}

bool equal_secrets(byte_view a, byte_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace troth::crypto
