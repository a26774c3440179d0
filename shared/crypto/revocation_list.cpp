#include "shared/crypto/revocation_list.hpp"

#include "shared/crypto/certificate_library.hpp"
#include "shared/crypto/openssl.hpp"
#include "shared/crypto/x509_values.hpp"

#include <openssl/x509v3.h>

namespace troth::crypto {

using namespace openssl;

namespace {

using x509_crl = owned<X509_CRL, X509_CRL_free>;

constexpr std::size_t max_list_bytes = std::size_t{1024} * 1024;

error refused(errc code, const std::string& why) {
  return {code, "revocation list: " + why};
}

bool may_sign_lists(const certificate& issuer) {
  const auto usage = X509_get_key_usage(issuer.get()); // all bits set if there is no extension
  return issuer.is_ca() && (usage & KU_CRL_SIGN) != 0;
}

bool is_signed_with_sha1(const X509_CRL* list) {
  int hash = NID_undef;
  OBJ_find_sigid_algs(X509_CRL_get_signature_nid(list), &hash, nullptr);
  return hash == NID_sha1;
}

} // namespace

struct revocation_list::parts {
  bytes der;
  x509_crl object;
};

revocation_list::revocation_list(std::shared_ptr<const parts> of) : parts_(std::move(of)) {
  // nop
}

result<revocation_list> revocation_list::from_der(byte_view der) {
  const error_queue errors;
  if (der.size() > max_list_bytes)
    return refused(errc::too_large, std::to_string(der.size()) + " bytes");
  const auto* at = der.data();
  auto* filled = X509_CRL_new_ex(certificate_library(), nullptr);
  const auto read = d2i_X509_CRL(&filled, &at, static_cast<long>(der.size())) != nullptr;
  x509_crl object{filled}; // maybe null now
  if (!read)
    return refused(errc::malformed, error_queue::reason());
  if (at != der.data() + der.size())
    return refused(errc::trailing, "end");
  for (int i = 0; i < X509_CRL_get_ext_count(object.get()); ++i) {
    auto* one = X509_CRL_get_ext(object.get(), i);
    if (X509_EXTENSION_get_critical(one) == 1 && X509_supported_extension(one) != 1)
      return refused(errc::malformed, "an extension is critical and unknown");
  }
  return revocation_list{std::make_shared<const parts>(parts{copy(der), std::move(object)})};
}

result<void> revocation_list::verify(const certificate& issuer, time_point at) const {
  const error_queue errors;
  auto* list = parts_->object.get();
  if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer.get())) != 0)
    return refused(errc::untrusted, "of " + this->issuer() + ", not of " + issuer.subject());
  if (!may_sign_lists(issuer))
    return refused(errc::untrusted, issuer.subject() + " may not sign one");
  if (is_signed_with_sha1(list))
    return refused(errc::weak, "signed with SHA-1");
  if (issuer.key().get() == nullptr || X509_CRL_verify(list, issuer.key().get()) != 1)
    return refused(errc::bad_signature, "of " + issuer.subject());
  const auto until = next_update();
  if (!until)
    return refused(errc::missing, "nextUpdate");
  if (at < this_update() || *until <= at)
    return refused(errc::expired,
                   "from " + format_time(this_update()) + " to " + format_time(*until));
  return {};
}

bool revocation_list::names(const certificate& one) const {
  const error_queue errors;
  X509_REVOKED* found = nullptr;
  return X509_CRL_get0_by_serial(parts_->object.get(), &found, X509_get0_serialNumber(one.get()))
         == 1;
}

std::size_t revocation_list::count() const {
  const auto size = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(parts_->object.get()));
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

std::string revocation_list::issuer() const {
  return text_of_name(X509_CRL_get_issuer(parts_->object.get()));
}

time_point revocation_list::this_update() const {
  return time_of(X509_CRL_get0_lastUpdate(parts_->object.get()));
}

std::optional<time_point> revocation_list::next_update() const {
  const auto* until = X509_CRL_get0_nextUpdate(parts_->object.get());
  return until != nullptr ? std::optional{time_of(until)} : std::nullopt;
}

const bytes& revocation_list::der() const noexcept {
  return parts_->der;
}

} // namespace troth::crypto
