#include "shared/crypto/certificate.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>

namespace troth::crypto {

using namespace openssl;

namespace {

void free_stack_only(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}

using store_context = owned<X509_STORE_CTX, X509_STORE_CTX_free>;
using borrowed_stack = owned<STACK_OF(X509), free_stack_only>;

constexpr std::size_t max_intermediates = 16;
constexpr int max_depth = 8;         // intermediates on the path
constexpr int strength_112_bits = 2; // OpenSSL's level: RSA-2048, no SHA-1

/// What went wrong with a path, gathered by OpenSSL's callback.
struct faults {
  int time = X509_V_OK;  // goes on: all that is wrong may be the time
  int other = X509_V_OK; // stops
  int depth = 0;
};

bool is_of_time(int code) {
  return code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID;
}

bool is_of_strength(int code) {
  return code == X509_V_ERR_EE_KEY_TOO_SMALL || code == X509_V_ERR_CA_KEY_TOO_SMALL
         || code == X509_V_ERR_CA_MD_TOO_WEAK;
}

/// What X509_V_FLAG_X509_STRICT demands and certificates in the field do not have; the
/// path is found and verified without it.
bool is_tolerated(int code) {
  return code == X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER
         || code == X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER
         || code == X509_V_ERR_CA_BCONS_NOT_CRITICAL
         || code == X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL
         || code == X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL;
}

int on_verified(int good, X509_STORE_CTX* context) {
  if (good == 1)
    return 1;
  auto& found = *static_cast<faults*>(X509_STORE_CTX_get_app_data(context));
  const auto code = X509_STORE_CTX_get_error(context);
  if (is_tolerated(code)) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  auto& kind = is_of_time(code) ? found.time : found.other;
  if (found.time == X509_V_OK || !is_of_time(code))
    found.depth = X509_STORE_CTX_get_error_depth(context);
  if (kind == X509_V_OK)
    kind = code;
  return is_of_time(code) ? 1 : 0;
}

borrowed_stack stack_of(std::span<const certificate> certificates) {
  borrowed_stack out{sk_X509_new_reserve(nullptr, static_cast<int>(certificates.size()))};
  for (const auto& one : certificates)
    sk_X509_push(out.get(), one.get());
  return out;
}

void set_parameters(X509_STORE_CTX* context, time_point at) {
  auto* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(
    parameters, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
  X509_VERIFY_PARAM_set_depth(parameters, max_depth);
  X509_VERIFY_PARAM_set_auth_level(parameters, strength_112_bits);
}

error refusal(const certificate& leaf, const faults& found) {
  const auto code = found.other != X509_V_OK ? found.other : found.time;
  const auto why = is_of_time(code)       ? errc::expired
                   : is_of_strength(code) ? errc::weak
                                          : errc::untrusted;
  return {why, "chain of \"" + leaf.subject() + "\": " + X509_verify_cert_error_string(code)
                 + " at depth " + std::to_string(found.depth)};
}

const certificate* find(X509* wanted, std::span<const certificate> among) {
  const auto at = std::ranges::find(among, wanted, &certificate::get);
  return at == among.end() ? nullptr : &*at;
}

bool has_eku(const certificate& one, std::string_view eku) {
  return std::ranges::count(one.extended_key_usages(), eku) != 0;
}

} // namespace

result<std::vector<certificate>>
verify_chain(const certificate& leaf, std::span<const certificate> intermediates,
             std::span<const certificate> roots, const chain_requirements& requirements) {
  const error_queue errors;
  if (intermediates.size() > max_intermediates)
    return error{errc::too_large,
                 "chain: " + std::to_string(intermediates.size()) + " intermediates"};
  const auto trusted = stack_of(roots);
  const auto untrusted = stack_of(intermediates);
  const store_context context{X509_STORE_CTX_new()};
  if (X509_STORE_CTX_init(context.get(), nullptr, leaf.get(), untrusted.get()) != 1)
    return error{errc::internal, "chain: " + error_queue::reason()};
  X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
  set_parameters(context.get(), requirements.at);
  faults found;
  X509_STORE_CTX_set_app_data(context.get(), &found);
  X509_STORE_CTX_set_verify_cb(context.get(), on_verified);
  const auto verified = X509_verify_cert(context.get());
  if (verified != 1 && found.other == X509_V_OK)
    found.other = X509_V_ERR_UNSPECIFIED;
  if (found.other != X509_V_OK || found.time != X509_V_OK)
    return refusal(leaf, found);
  if (!requirements.eku.empty() && !has_eku(leaf, requirements.eku))
    return error{errc::untrusted, "chain of \"" + leaf.subject() + "\": no extended key usage "
                                    + std::string{requirements.eku}};
  const auto* chain = X509_STORE_CTX_get0_chain(context.get());
  std::vector<certificate> path;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    auto* one = sk_X509_value(chain, i);
    const auto* known = one == leaf.get() ? &leaf : find(one, intermediates);
    if (known == nullptr)
      known = find(one, roots);
    if (known == nullptr)
      return error{errc::internal, "chain: a certificate from nowhere"};
    path.push_back(*known);
  }
  return path;
}

} // namespace troth::crypto
