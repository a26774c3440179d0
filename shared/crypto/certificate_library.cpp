#include "shared/crypto/certificate_library.hpp"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace troth::crypto {

namespace {

constexpr std::string_view structure = "structure=SubjectPublicKeyInfo";

/// Whether `names`, aliases with colons between them, begin with one of `known`.
bool is_among(const auto& known, std::string_view names) {
  return std::ranges::count(known, names.substr(0, names.find(':'))) != 0;
}

bool decodes_a_public_key(const OSSL_ALGORITHM& decoder) {
  constexpr std::array<std::string_view, 3> decoded = {"RSA", "RSA-PSS", "ED25519"};
  const std::string_view properties = decoder.property_definition;
  return is_among(decoded, decoder.algorithm_names)
         && properties.find("input=der") != std::string_view::npos
         && properties.find(structure) != std::string_view::npos;
}

bool manages_a_known_key(const OSSL_ALGORITHM& manager) {
  constexpr std::array<std::string_view, 4> known = {"EC", "RSA", "RSA-PSS", "ED25519"};
  return is_among(known, manager.algorithm_names);
}

/// The default provider, of which some lists of algorithms are cut short.
struct filter {
  OSSL_PROVIDER* whole = nullptr;
  std::vector<OSSL_ALGORITHM> decoders;
  std::vector<OSSL_ALGORITHM> key_managers;

  std::vector<OSSL_ALGORITHM> select(int operation, bool (*wanted)(const OSSL_ALGORITHM&)) const {
    int no_cache = 0;
    std::vector<OSSL_ALGORITHM> out;
    const auto* next = OSSL_PROVIDER_query_operation(whole, operation, &no_cache);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-bounds-pointer-arithmetic): a list of OpenSSL's
    for (; next != nullptr && next->algorithm_names != nullptr; ++next)
      if (wanted(*next))
        out.push_back(*next);
    out.push_back({}); // ends the list
    return out;
  }
};

const filter& the_filter() {
  static const auto* const only = [] {
    auto* made = new filter{OSSL_PROVIDER_load(OSSL_LIB_CTX_new(), "default"), {}, {}};
    if (made->whole != nullptr) {
      made->decoders = made->select(OSSL_OP_DECODER, decodes_a_public_key);
      made->key_managers = made->select(OSSL_OP_KEYMGMT, manages_a_known_key);
    }
    return made;
  }();
  return *only;
}

enum class decoders { some, none };

template <decoders Which>
const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  switch (operation) {
  case OSSL_OP_DECODER:
    return Which == decoders::none ? nullptr : the_filter().decoders.data();
  case OSSL_OP_KEYMGMT:
    return the_filter().key_managers.data();
  default:
    return OSSL_PROVIDER_query_operation(the_filter().whole, operation, no_cache);
  }
}

template <decoders Which>
int start(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
          void** context) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the type of all of OpenSSL's
  static const auto query_function = reinterpret_cast<void (*)()>(query<Which>);
  static const std::array<OSSL_DISPATCH, 2> table{
    {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, query_function}, {0, nullptr}}};
  *functions = table.data();
  *context = OSSL_PROVIDER_get0_provider_ctx(the_filter().whole);
  return 1;
}

template <decoders Which>
OSSL_LIB_CTX* make() {
  auto* library = OSSL_LIB_CTX_new();
  if (the_filter().whole == nullptr || library == nullptr
      || OSSL_PROVIDER_add_builtin(library, "certificates", start<Which>) != 1
      || OSSL_PROVIDER_load(library, "certificates") == nullptr)
    return nullptr;
  return library;
}

} // namespace

OSSL_LIB_CTX* certificate_library() {
  static OSSL_LIB_CTX* const only = make<decoders::some>();
  return only;
}

OSSL_LIB_CTX* point_library() {
  static OSSL_LIB_CTX* const only = make<decoders::none>();
  return only;
}

} // namespace troth::crypto
