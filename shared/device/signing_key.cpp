#include "shared/device/signing_key.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/device/esys.hpp"
#include "shared/device/templates.hpp"
#include "shared/endorsement/attestation_key.hpp"

#include <tss2/tss2_mu.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace troth::device {

namespace {

constexpr std::uint32_t first_handle = 0x81000000;
constexpr std::uint32_t last_handle = 0x81FFFFFF;

result<void> check_handle(std::uint32_t handle) {
  if (handle < first_handle || handle > last_handle)
    return error{errc::malformed, "handle: expected 0x81000000 to 0x81FFFFFF"};
  return {};
}

result<TPMI_ALG_HASH> to_hash_id(hash_algorithm algorithm) {
  switch (algorithm) {
  case hash_algorithm::sha256:
    return TPMI_ALG_HASH{TPM2_ALG_SHA256};
  case hash_algorithm::sha384:
    return TPMI_ALG_HASH{TPM2_ALG_SHA384};
  case hash_algorithm::sha512:
    return TPMI_ALG_HASH{TPM2_ALG_SHA512};
  case hash_algorithm::sha1:
    break;
  }
  return error{errc::weak, "SHA-1"};
}

result<TPMT_SIG_SCHEME> to_scheme(signature_algorithm algorithm) {
  const auto hash = to_hash_id(algorithm.hash);
  if (!hash)
    return hash.error();
  TPMT_SIG_SCHEME out{};
  out.details.any.hashAlg = *hash;
  switch (algorithm.scheme) {
  case signature_scheme::ecdsa:
    out.scheme = TPM2_ALG_ECDSA;
    return out;
  case signature_scheme::rsassa:
    out.scheme = TPM2_ALG_RSASSA;
    return out;
  case signature_scheme::rsapss:
    out.scheme = TPM2_ALG_RSAPSS;
    return out;
  case signature_scheme::eddsa:
    break;
  }
  return error{errc::unsupported, "tpm: EdDSA"};
}

/// Adds a number of a signature, with zeros in front that the TPM may have left out.
void append_padded(bytes& to, byte_view number, std::size_t size) {
  to.resize(to.size() + size - std::min(size, number.size()));
  to.insert(to.end(), number.begin(), number.end());
}

bytes to_raw(const TPMT_SIGNATURE& from, crypto::key_kind kind) {
  bytes out;
  if (from.sigAlg == TPM2_ALG_ECDSA) {
    constexpr std::size_t p256_bytes = 32;
    constexpr std::size_t p384_bytes = 48;
    const auto size = kind == crypto::key_kind::p384 ? p384_bytes : p256_bytes;
    const auto& [hash, r, s] = from.signature.ecdsa;
    append_padded(out, {r.buffer, r.size}, size);
    append_padded(out, {s.buffer, s.size}, size);
    return out;
  }
  const auto& number = from.signature.rsassa.sig; // RSA-PSS has the same layout
  return copy({number.buffer, number.size});
}

class esys_signing_key final : public signing_key {
public:
  esys_signing_key(std::unique_ptr<esys::connection> at, esys::handle key, crypto::public_key half)
    : at_(std::move(at)), key_(std::move(key)), half_(std::move(half)) {
    // nop
  }

  const crypto::public_key& public_half() const noexcept override { return half_; }

  result<bytes> sign(signature_algorithm algorithm, byte_view message) override {
    const auto scheme = to_scheme(algorithm);
    if (!scheme)
      return scheme.error();
    const auto digest = esys::to_tpm2b(crypto::hash(algorithm.hash, message).view(),
                                       &TPM2B_DIGEST::buffer, "digest");
    if (!digest)
      return digest.error();
    const TPMT_TK_HASHCHECK not_hashed_there{.tag = TPM2_ST_HASHCHECK,
                                             .hierarchy = TPM2_RH_NULL,
                                             .digest = {}};
    esys::owned<TPMT_SIGNATURE> signature;
    const auto rc = Esys_Sign(at_->get(), key_.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                              &*digest, &*scheme, &not_hashed_there, esys::out_of{signature});
    if (rc == TSS2_RC_SUCCESS)
      return to_raw(*signature, half_.kind());
    auto why = esys::failed("TPM2_Sign", rc);
    constexpr TSS2_RC without_number = 0xBF; // of a format-one code
    if ((rc & without_number) == (TPM2_RC_AUTH_FAIL & without_number)
        || (rc & without_number) == (TPM2_RC_BAD_AUTH & without_number))
      why.code = errc::forbidden;
    return why;
  }

private:
  std::unique_ptr<esys::connection> at_;
  esys::handle key_; // ends before the connection
  crypto::public_key half_;
};

result<crypto::public_key> public_half_of(const TPM2B_PUBLIC& from) {
  bytes marshalled(sizeof(TPMT_PUBLIC));
  std::size_t end = 0;
  if (const auto rc = Tss2_MU_TPMT_PUBLIC_Marshal(&from.publicArea, marshalled.data(),
                                                  marshalled.size(), &end);
      rc != TSS2_RC_SUCCESS)
    return esys::failed("marshal TPMT_PUBLIC", rc);
  marshalled.resize(end);
  const auto area = evidence::tpm::parse_public_area(marshalled);
  if (!area)
    return area.error();
  return endorsement::to_public_key(*area);
}

result<void> check_signs(const TPM2B_PUBLIC& key) {
  const auto attributes = key.publicArea.objectAttributes;
  if ((attributes & TPMA_OBJECT_SIGN_ENCRYPT) == 0 || (attributes & TPMA_OBJECT_RESTRICTED) != 0)
    return error{errc::malformed, "tpm: the key at this handle does not sign what it is given"};
  return {};
}

result<void> set_authorization(const esys::connection& at, ESYS_TR object,
                               const std::string& authorization) {
  const auto value = esys::to_tpm2b(to_bytes(authorization), &TPM2B_AUTH::buffer, "password");
  if (!value)
    return value.error();
  const auto rc = Esys_TR_SetAuth(at.get(), object, &*value);
  return rc == TSS2_RC_SUCCESS ? result<void>{} : esys::failed("Esys_TR_SetAuth", rc);
}

} // namespace

result<std::unique_ptr<signing_key>> open_signing_key(const kept_key& which) {
  if (const auto good = check_handle(which.handle); !good)
    return good.error();
  auto opened = esys::connection::open(which.tcti);
  if (!opened)
    return opened.error();
  auto at = *std::move(opened);
  auto key = esys::open_kept(*at, which.handle);
  if (!key)
    return key.error();
  esys::owned<TPM2B_PUBLIC> about;
  esys::owned<TPM2B_NAME> name;
  esys::owned<TPM2B_NAME> qualified_name;
  if (const auto rc = Esys_ReadPublic(at->get(), key->get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                      ESYS_TR_NONE, esys::out_of{about}, esys::out_of{name},
                                      esys::out_of{qualified_name});
      rc != TSS2_RC_SUCCESS)
    return esys::failed("TPM2_ReadPublic", rc);
  if (const auto good = check_signs(*about); !good)
    return good.error();
  const auto half = public_half_of(*about);
  if (!half)
    return half.error();
  if (const auto set = set_authorization(*at, key->get(), which.authorization); !set)
    return set.error();
  auto handle = *std::move(key);
  return std::unique_ptr<signing_key>{
    std::make_unique<esys_signing_key>(std::move(at), std::move(handle), *half)};
}

result<crypto::public_key> create_signing_key(const kept_key& which, crypto::key_kind kind,
                                              byte_view seed) {
  if (const auto good = check_handle(which.handle); !good)
    return good.error();
  const auto form = signing(kind, seed);
  if (!form)
    return form.error();
  auto opened = esys::connection::open(which.tcti);
  if (!opened)
    return opened.error();
  const auto& at = **opened;
  if (const auto there = esys::open_kept(at, which.handle); there)
    return error{errc::conflict, "tpm: there is something at this handle"};
  const auto password = esys::to_tpm2b(to_bytes(which.authorization), &TPM2B_AUTH::buffer,
                                       "password");
  if (!password)
    return password.error();
  TPM2B_SENSITIVE_CREATE secret{};
  secret.sensitive.userAuth = *password;
  const TPM2B_DATA no_information{};
  const TPML_PCR_SELECTION no_pcrs{};
  ESYS_TR object = ESYS_TR_NONE;
  esys::owned<TPM2B_PUBLIC> made;
  esys::owned<TPM2B_CREATION_DATA> data;
  esys::owned<TPM2B_DIGEST> digest;
  esys::owned<TPMT_TK_CREATION> ticket;
  if (const auto rc = Esys_CreatePrimary(at.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                         ESYS_TR_NONE, &secret, &*form, &no_information, &no_pcrs,
                                         &object, esys::out_of{made}, esys::out_of{data},
                                         esys::out_of{digest}, esys::out_of{ticket});
      rc != TSS2_RC_SUCCESS)
    return esys::failed("TPM2_CreatePrimary", rc);
  const esys::handle transient{at, object, esys::at_end::flush};
  ESYS_TR kept = ESYS_TR_NONE;
  if (const auto rc = Esys_EvictControl(at.get(), ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
                                        ESYS_TR_NONE, ESYS_TR_NONE, which.handle, &kept);
      rc != TSS2_RC_SUCCESS)
    return esys::failed("TPM2_EvictControl", rc);
  Esys_TR_Close(at.get(), &kept);
  return public_half_of(*made);
}

} // namespace troth::device
