#include "shared/client/remote_signature.hpp"

#include "shared/crypto/signature.hpp"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troth::client {

namespace {

namespace openssl = crypto::openssl;

/// One signature on its way.
struct signing {
  remote_key_handle key;
  hash_algorithm hash = hash_algorithm::sha256;
  openssl::digest_context under_way;
  bool is_padded_as_pss = false; ///< Of RSA; must be.
};

bool is_rsa(const remote_key_parts& of) {
  return EVP_PKEY_is_a(of.public_half.get(), "RSA") == 1;
}

bool is_good(const remote_key_parts& by, hash_algorithm hash, byte_view digest,
             byte_view signature) {
  const openssl::error_queue errors;
  const openssl::pkey_context with{
    EVP_PKEY_CTX_new_from_pkey(nullptr, by.public_half.get(), nullptr)};
  return with && EVP_PKEY_verify_init(with.get()) == 1
         && (is_rsa(by)
               ? crypto::set_rsa_parameters(with.get(), {signature_scheme::rsapss, hash},
                                            RSA_PSS_SALTLEN_DIGEST)
               : EVP_PKEY_CTX_set_signature_md(with.get(), crypto::message_digest(hash)) == 1)
         && EVP_PKEY_verify(with.get(), signature.data(), signature.size(), digest.data(),
                            digest.size())
              == 1;
}

/// Tells why there is no signature. @returns 0
int fail(const signing& of, const error& why) {
  if (of.key && of.key->on_failure)
    of.key->on_failure(why);
  return 0;
}

/// Runs what may throw; a C library calls it.
template <class Function>
int guard_signing(void* context, Function what) noexcept {
  auto& self = *static_cast<signing*>(context);
  try {
    return what(self);
  } catch (const std::exception& why) { // the signer's, or there is no memory left
    try {
      return fail(self, {errc::internal, std::string{"remote key: "} + why.what()});
    } catch (const std::exception&) {
      return 0;
    }
  }
}

void* new_signing(void*, const char*) {
  return new (std::nothrow) signing;
}

void free_signing(void* context) {
  delete static_cast<signing*>(context);
}

/// Reads the name of a hash function as OpenSSL has it.
std::optional<hash_algorithm> find_hash(const char* name) {
  const auto* const named = name != nullptr ? EVP_get_digestbyname(name) : nullptr;
  for (const auto one : {hash_algorithm::sha256, hash_algorithm::sha384, hash_algorithm::sha512})
    if (named != nullptr && EVP_MD_get_type(named) == EVP_MD_get_type(crypto::message_digest(one)))
      return one;
  return std::nullopt;
}

std::string_view text_of(const OSSL_PARAM& value) {
  return {static_cast<const char*>(value.data), value.data_size};
}

/// RSASSA-PSS as TLS 1.3 has it, and nothing else. @see RFC 8446, section 4.2.3
int set_padding(void* context, const OSSL_PARAM given[]) {
  return guard_signing(context, [&](signing& self) {
    if (const auto* const mode = OSSL_PARAM_locate_const(given, OSSL_SIGNATURE_PARAM_PAD_MODE)) {
      int number = 0;
      self.is_padded_as_pss = mode->data_type == OSSL_PARAM_UTF8_STRING
                                ? text_of(*mode) == OSSL_PKEY_RSA_PAD_MODE_PSS
                                : OSSL_PARAM_get_int(mode, &number) == 1
                                    && number == RSA_PKCS1_PSS_PADDING;
      if (!self.is_padded_as_pss)
        return fail(self, {errc::unsupported, "remote key: another padding than PSS"});
    }
    if (const auto* const salt = OSSL_PARAM_locate_const(given, OSSL_SIGNATURE_PARAM_PSS_SALTLEN)) {
      int number = 0;
      const auto is_of_digest = salt->data_type == OSSL_PARAM_UTF8_STRING
                                  ? text_of(*salt) == OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST
                                  : OSSL_PARAM_get_int(salt, &number) == 1
                                      && (number == RSA_PSS_SALTLEN_DIGEST
                                          || number == static_cast<int>(digest_size(self.hash)));
      if (!is_of_digest)
        return fail(self, {errc::unsupported, "remote key: a salt of another length"});
    }
    return 1;
  });
}

const OSSL_PARAM* settable_of_signing(void*, void*) {
  static const std::array types{
    OSSL_PARAM{OSSL_SIGNATURE_PARAM_PAD_MODE, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
    OSSL_PARAM{OSSL_SIGNATURE_PARAM_PSS_SALTLEN, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
    OSSL_PARAM{nullptr, 0, nullptr, 0, 0}};
  return types.data();
}

int begin_signing(void* context, const char* hash, void* key, const OSSL_PARAM given[]) {
  const auto begun = guard_signing(context, [&](signing& self) {
    if (key != nullptr)
      self.key = remote_parts_of(key);
    if (!self.key || !self.key->sign)
      return 0;
    const auto found = find_hash(hash);
    if (!found)
      return fail(self, {errc::unsupported, std::string{"remote key: the hash "}
                                              + (hash != nullptr ? hash : "of nobody's choice")});
    self.hash = *found;
    self.under_way.reset(EVP_MD_CTX_new());
    return EVP_DigestInit_ex(self.under_way.get(), crypto::message_digest(self.hash), nullptr);
  });
  return begun == 1 && given != nullptr ? set_padding(context, given) : begun;
}

int add_to_signing(void* context, const unsigned char* data, std::size_t size) {
  return EVP_DigestUpdate(static_cast<signing*>(context)->under_way.get(), data, size);
}

int end_signing(void* context, unsigned char* signature, std::size_t* size, std::size_t room) {
  return guard_signing(context, [&](signing& self) {
    const auto most = static_cast<std::size_t>(EVP_PKEY_get_size(self.key->public_half.get()));
    if (signature == nullptr) { // it asks how much room to make
      *size = most;
      return 1;
    }
    if (is_rsa(*self.key) && !self.is_padded_as_pss)
      return fail(self, {errc::unsupported, "remote key: another padding than PSS"});
    digest hashed{self.hash};
    if (EVP_DigestFinal_ex(self.under_way.get(), hashed.bytes_mut().data(), nullptr) != 1)
      return 0;
    const auto made = sign_remotely(*self.key, self.hash, hashed.view());
    if (!made)
      return fail(self, made.error());
    if (made->size() > room)
      return 0;
    std::ranges::copy(*made, signature);
    *size = made->size();
    return 1;
  });
}

/// All at once: else OpenSSL would copy what is under way, and tell the copy.
int sign_whole(void* context, unsigned char* signature, std::size_t* size, std::size_t room,
               const unsigned char* data, std::size_t data_size) {
  if (signature != nullptr && add_to_signing(context, data, data_size) != 1)
    return 0;
  return end_signing(context, signature, size, room);
}

} // namespace

result<bytes> sign_remotely(const remote_key_parts& key, hash_algorithm hash, byte_view digest) {
  auto made = key.sign(hash, digest);
  if (made && !is_good(key, hash, digest, *made))
    return error{errc::bad_signature, "remote key: got " + std::to_string(made->size())
                                        + " bytes that are no signature of its certificate's key"};
  return made;
}

const OSSL_DISPATCH* remote_signature_functions() {
  static const std::array all{
    dispatch_entry(OSSL_FUNC_SIGNATURE_NEWCTX, new_signing),
    dispatch_entry(OSSL_FUNC_SIGNATURE_FREECTX, free_signing),
    dispatch_entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, begin_signing),
    dispatch_entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, add_to_signing),
    dispatch_entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, end_signing),
    dispatch_entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign_whole),
    dispatch_entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_padding),
    dispatch_entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable_of_signing),
    OSSL_DISPATCH{0, nullptr}};
  return all.data();
}

} // namespace troth::client
