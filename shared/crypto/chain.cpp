#include "shared/crypto/certificate.hpp"
#include "shared/crypto/certificate_library.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>

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
  int time_depth = 0;
  int other_depth = 0;

  bool none() const { return time == X509_V_OK && other == X509_V_OK; }
};

bool is_of_time(int code) {
  return code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID;
}

bool is_of_strength(int code) {
  return code == X509_V_ERR_EE_KEY_TOO_SMALL || code == X509_V_ERR_CA_KEY_TOO_SMALL
         || code == X509_V_ERR_CA_MD_TOO_WEAK;
}

/// What X509_V_FLAG_X509_STRICT demands of form and certificates in the field lack. None
/// of it is needed to find the path or to verify it.
bool is_tolerated(int code) {
  return code == X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER
         || code == X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER
         || code == X509_V_ERR_CA_BCONS_NOT_CRITICAL
         || code == X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL
         || code == X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL;
}

/// @returns 1 to go on.
int on_verified(int good, X509_STORE_CTX* context) {
  if (good == 1)
    return 1;
  const auto code = X509_STORE_CTX_get_error(context);
  if (is_tolerated(code)) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  auto& found = *static_cast<faults*>(X509_STORE_CTX_get_app_data(context));
  if (is_of_time(code)) {
    found.time = code;
    found.time_depth = X509_STORE_CTX_get_error_depth(context);
    return 1;
  }
  found.other = code;
  found.other_depth = X509_STORE_CTX_get_error_depth(context);
  return 0;
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
  // Whoever gives a CA that is not self-issued as a root means it: it is the end of a path.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
  X509_VERIFY_PARAM_set_depth(parameters, max_depth);
  X509_VERIFY_PARAM_set_auth_level(parameters, strength_112_bits);
}

/// One run of OpenSSL's path building, and what it found.
struct attempt {
  attempt(X509* leaf, STACK_OF(X509) * intermediates, STACK_OF(X509) * roots, time_point at)
    : context(X509_STORE_CTX_new_ex(certificate_library(), nullptr)) {
    X509_STORE_CTX_init(context.get(), nullptr, leaf, intermediates);
    X509_STORE_CTX_set0_trusted_stack(context.get(), roots);
    set_parameters(context.get(), at);
    X509_STORE_CTX_set_app_data(context.get(), &found);
    X509_STORE_CTX_set_verify_cb(context.get(), on_verified);
    if (X509_verify_cert(context.get()) != 1 && found.other == X509_V_OK)
      found.other = X509_V_ERR_UNSPECIFIED;
  }
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;
  ~attempt() = default;

  const STACK_OF(X509) * chain() const { return X509_STORE_CTX_get0_chain(context.get()); }

  store_context context;
  faults found;
};

error untrusted(const certificate& leaf, std::string why) {
  return {errc::untrusted, "chain of \"" + leaf.subject() + "\": " + std::move(why)};
}

error refusal(const certificate& leaf, const faults& found) {
  const auto timely = found.other == X509_V_OK;
  const auto code = timely ? found.time : found.other;
  const auto depth = timely ? found.time_depth : found.other_depth;
  auto why = untrusted(leaf, std::string{X509_verify_cert_error_string(code)} + " at depth "
                               + std::to_string(depth));
  if (timely)
    why.code = errc::expired;
  else if (is_of_strength(code))
    why.code = errc::weak;
  return why;
}

const certificate* find(X509* wanted, std::span<const certificate> among) {
  const auto at = std::ranges::find(among, wanted, &certificate::get);
  return at == among.end() ? nullptr : &*at;
}

result<std::vector<certificate>> path_of(const attempt& good, const certificate& leaf,
                                         std::span<const certificate> intermediates,
                                         std::span<const certificate> roots) {
  std::vector<certificate> path;
  for (int i = 0; i < sk_X509_num(good.chain()); ++i) {
    auto* one = sk_X509_value(good.chain(), i);
    const auto* known = one == leaf.get() ? &leaf : find(one, roots);
    if (known == nullptr)
      known = find(one, intermediates);
    if (known == nullptr)
      return error{errc::internal, "chain: a certificate from nowhere"};
    path.push_back(*known);
  }
  return path;
}

/// Finds a path. OpenSSL takes the first root of the issuer's name, which without key
/// identifiers may be the wrong one of two: then the others of that name get their turn.
result<std::vector<certificate>> find_path(const certificate& leaf,
                                           std::span<const certificate> intermediates,
                                           std::span<const certificate> roots, time_point at) {
  const auto untrusted_ones = stack_of(intermediates);
  const attempt first{leaf.get(), untrusted_ones.get(), stack_of(roots).get(), at};
  if (first.found.none())
    return path_of(first, leaf, intermediates, roots);
  if (first.found.other == X509_V_ERR_CERT_SIGNATURE_FAILURE) {
    const auto* tried = sk_X509_value(first.chain(), sk_X509_num(first.chain()) - 1);
    for (const auto& root : roots) {
      const auto namesake
        = root.get() != tried
          && X509_NAME_cmp(X509_get_subject_name(root.get()), X509_get_subject_name(tried)) == 0;
      if (!namesake)
        continue;
      const attempt next{leaf.get(), untrusted_ones.get(), stack_of({&root, 1}).get(), at};
      if (next.found.none())
        return path_of(next, leaf, intermediates, roots);
    }
  }
  return refusal(leaf, first.found);
}

bool has_eku(const certificate& one, std::string_view eku) {
  return std::ranges::count(one.extended_key_usages(), eku) != 0;
}

/// Whether a CA's certificate lets it issue for `eku`: it names it, any, or nothing.
bool lets_issue(const certificate& ca, std::string_view eku) {
  constexpr std::string_view any = "2.5.29.37.0";
  const auto usages = ca.extended_key_usages();
  return usages.empty()
         || std::ranges::any_of(usages, [&](const auto& one) { return one == eku || one == any; });
}

} // namespace

result<std::vector<certificate>>
verify_chain(const certificate& leaf, std::span<const certificate> intermediates,
             std::span<const certificate> roots, const chain_requirements& requirements) {
  const error_queue errors;
  if (intermediates.size() > max_intermediates)
    return error{errc::too_large,
                 "chain: " + std::to_string(intermediates.size()) + " intermediates"};
  auto path = find_path(leaf, intermediates, roots, requirements.at);
  if (!path || requirements.eku.empty())
    return path;
  if (!has_eku(leaf, requirements.eku))
    return untrusted(leaf, "no extended key usage " + std::string{requirements.eku});
  for (std::size_t depth = 1; depth + 1 < path->size(); ++depth)
    if (!lets_issue((*path)[depth], requirements.eku))
      return untrusted(leaf, "the CA at depth " + std::to_string(depth) + " may not issue for "
                               + std::string{requirements.eku});
  return path;
}

result<std::vector<certificate>> verify_chain(std::span<const bytes> carried,
                                              std::span<const certificate> roots,
                                              const chain_requirements& requirements) {
  if (carried.empty())
    return error{errc::missing, "chain: no certificate"};
  if (carried.size() > 1 + max_intermediates)
    return error{errc::too_large, "chain: " + std::to_string(carried.size()) + " certificates"};
  const auto leaf = certificate::from_der(carried.front());
  if (!leaf)
    return leaf.error();
  std::vector<certificate> intermediates;
  for (const auto& der : carried.subspan(1)) {
    if (std::ranges::find(roots, der, &certificate::der) != roots.end())
      continue;
    auto read = certificate::from_der(der);
    if (!read)
      return read.error();
    intermediates.push_back(*std::move(read));
  }
  return verify_chain(*leaf, intermediates, roots, requirements);
}

} // namespace troth::crypto
