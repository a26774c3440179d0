#include "shared/crypto/issue_signature.hpp"

#include "shared/crypto/signature.hpp"

#include <openssl/rsa.h>

namespace troth::crypto {

using namespace openssl;

result<digest_context> signing_context(const private_key& key,
                                       const std::optional<signature_algorithm>& with) {
  auto algorithm = with.value_or(key.default_algorithm());
  if (!with && algorithm.scheme == signature_scheme::rsapss)
    algorithm.scheme = signature_scheme::rsassa;
  if (!is_for(EVP_PKEY_get_base_id(key.get()), algorithm.scheme))
    return error{errc::unsupported, "to issue: " + std::string{name(algorithm.scheme)}};
  const auto* md = algorithm.scheme == signature_scheme::eddsa ? nullptr
                                                               : message_digest(algorithm.hash);
  digest_context out{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* parameters = nullptr; // the context's
  const auto ready
    = EVP_DigestSignInit(out.get(), &parameters, md, nullptr, key.get()) == 1
      && (algorithm.scheme != signature_scheme::rsapss
          || (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
              && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1));
  if (!ready)
    return error{errc::unsupported, "to issue: " + error_queue::reason()};
  return out;
}

} // namespace troth::crypto
