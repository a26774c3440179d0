#include "shared/client/remote_provider.hpp"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/provider.h>

#include <array>
#include <exception>
#include <new>
#include <utility>

namespace troth::client {

namespace {

namespace openssl = crypto::openssl;

constexpr const char* provider_name = "troth-remote";
constexpr const char* parts_parameter = "troth-remote-parts"; ///< Of `EVP_PKEY_fromdata`.

/// What OpenSSL has of a key.
struct key_object {
  remote_key_handle parts;
};

void* new_key(void*) {
  return new (std::nothrow) key_object;
}

void free_key(void* key) {
  delete static_cast<key_object*>(key);
}

int has_key(const void* key, int selection) {
  const auto parts = remote_parts_of(key);
  if (!parts)
    return 0;
  return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || parts->sign ? 1 : 0;
}

int match_keys(const void* one, const void* other, int) {
  const auto a = remote_parts_of(one);
  const auto b = remote_parts_of(other);
  return a && b ? EVP_PKEY_eq(a->public_half.get(), b->public_half.get()) : 0;
}

/// Takes the parts that `make_remote_pkey` gives, or the public half of another provider's key,
/// which is to be compared with ours.
int import_key(const char* type, void* key, const OSSL_PARAM given[]) {
  auto& into = *static_cast<key_object*>(key);
  if (const auto* const own = OSSL_PARAM_locate_const(given, parts_parameter); own != nullptr) {
    const void* at = nullptr;
    std::size_t size = 0;
    if (OSSL_PARAM_get_octet_ptr(own, &at, &size) != 1 || size != sizeof(remote_key_handle))
      return 0;
    into.parts = *static_cast<const remote_key_handle*>(at);
    return 1;
  }
  const openssl::pkey_context context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY,
                           const_cast<OSSL_PARAM*>(given))
           != 1)
    return 0;
  auto parts = std::make_shared<remote_key_parts>();
  parts->public_half.reset(made);
  into.parts = std::move(parts);
  return 1;
}

/// Runs what may throw; a C library calls it.
template <class Function>
int guarded(Function what) noexcept {
  try {
    return what();
  } catch (const std::exception&) { // most likely there is no memory left
    return 0;
  }
}

int import_ec(void* key, int, const OSSL_PARAM given[]) {
  return guarded([&] { return import_key("EC", key, given); });
}

int import_rsa(void* key, int, const OSSL_PARAM given[]) {
  return guarded([&] { return import_key("RSA", key, given); });
}

const OSSL_PARAM* importable(int) {
  static const std::array types{
    OSSL_PARAM{parts_parameter, OSSL_PARAM_OCTET_PTR, nullptr, 0, 0},
    OSSL_PARAM{OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
    OSSL_PARAM{OSSL_PKEY_PARAM_PUB_KEY, OSSL_PARAM_OCTET_STRING, nullptr, 0, 0},
    OSSL_PARAM{OSSL_PKEY_PARAM_RSA_N, OSSL_PARAM_UNSIGNED_INTEGER, nullptr, 0, 0},
    OSSL_PARAM{OSSL_PKEY_PARAM_RSA_E, OSSL_PARAM_UNSIGNED_INTEGER, nullptr, 0, 0},
    OSSL_PARAM{nullptr, 0, nullptr, 0, 0}};
  return types.data();
}

int tell_of_key(void* key, OSSL_PARAM wanted[]) {
  const auto parts = remote_parts_of(key);
  return parts ? EVP_PKEY_get_params(parts->public_half.get(), wanted) : 0;
}

const OSSL_PARAM* tellable_of_key(void*) {
  static const std::array types{
    OSSL_PARAM{OSSL_PKEY_PARAM_BITS, OSSL_PARAM_INTEGER, nullptr, 0, 0},
    OSSL_PARAM{OSSL_PKEY_PARAM_SECURITY_BITS, OSSL_PARAM_INTEGER, nullptr, 0, 0},
    OSSL_PARAM{OSSL_PKEY_PARAM_MAX_SIZE, OSSL_PARAM_INTEGER, nullptr, 0, 0},
    OSSL_PARAM{OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
    OSSL_PARAM{nullptr, 0, nullptr, 0, 0}};
  return types.data();
}

const char* ec_signature(int operation) {
  return operation == OSSL_OP_SIGNATURE ? "ECDSA" : nullptr;
}

const char* rsa_signature(int operation) {
  return operation == OSSL_OP_SIGNATURE ? "RSA" : nullptr;
}

/// Returns the functions for keys of one type. There is none to export them, so that OpenSSL signs
/// nowhere else.
template <auto Import, auto Signature>
const OSSL_DISPATCH* key_functions() {
  static const std::array all{dispatch_entry(OSSL_FUNC_KEYMGMT_NEW, new_key),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_FREE, free_key),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_HAS, has_key),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_MATCH, match_keys),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_IMPORT, Import),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, importable),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, tell_of_key),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, tellable_of_key),
                              dispatch_entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, Signature),
                              OSSL_DISPATCH{0, nullptr}};
  return all.data();
}

const OSSL_ALGORITHM* find_operation(void*, int operation, int* no_cache) {
  constexpr const char* ours = "provider=troth-remote";
  static const std::array keys{
    OSSL_ALGORITHM{"EC", ours, key_functions<import_ec, ec_signature>(), nullptr},
    OSSL_ALGORITHM{"RSA", ours, key_functions<import_rsa, rsa_signature>(), nullptr},
    OSSL_ALGORITHM{nullptr, nullptr, nullptr, nullptr}};
  static const std::array signatures{
    OSSL_ALGORITHM{"ECDSA", ours, remote_signature_functions(), nullptr},
    OSSL_ALGORITHM{"RSA", ours, remote_signature_functions(), nullptr},
    OSSL_ALGORITHM{nullptr, nullptr, nullptr, nullptr}};
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT)
    return keys.data();
  return operation == OSSL_OP_SIGNATURE ? signatures.data() : nullptr;
}

int start_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                   void** context) {
  static const std::array all{dispatch_entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, find_operation),
                              OSSL_DISPATCH{0, nullptr}};
  static int nothing = 0;
  *out = all.data();
  *context = &nothing;
  return 1;
}

/// A library context that knows our provider only: in the default one, others could be given it
/// who ask for just any EC key. It stays for as long as the process, as its keys may.
OSSL_LIB_CTX* remote_library() {
  static OSSL_LIB_CTX* const made = []() -> OSSL_LIB_CTX* {
    auto* const library = OSSL_LIB_CTX_new();
    if (library != nullptr && OSSL_PROVIDER_add_builtin(library, provider_name, start_provider) == 1
        && OSSL_PROVIDER_load(library, provider_name) != nullptr)
      return library;
    OSSL_LIB_CTX_free(library);
    return nullptr;
  }();
  return made;
}

} // namespace

remote_key_handle remote_parts_of(const void* key) {
  return static_cast<const key_object*>(key)->parts;
}

result<openssl::pkey> make_remote_pkey(remote_key_handle key) {
  const openssl::error_queue errors;
  auto* const library = remote_library();
  if (library == nullptr)
    return error{errc::internal, "remote key: " + errors.reason()};
  const auto* const type = EVP_PKEY_is_a(key->public_half.get(), "EC") == 1 ? "EC" : "RSA";
  const openssl::pkey_context context{EVP_PKEY_CTX_new_from_name(library, type, nullptr)};
  void* at = &key;
  std::array given{OSSL_PARAM_construct_octet_ptr(parts_parameter, &at, sizeof(key)),
                   OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, given.data()) != 1)
    return error{errc::internal, "remote key: " + errors.reason()};
  return openssl::pkey{made};
}

} // namespace troth::client
