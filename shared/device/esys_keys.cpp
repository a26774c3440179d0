#include "shared/device/esys_keys.hpp"

#include "shared/device/ek_certificate.hpp"
#include "shared/device/esys_nv.hpp"
#include "shared/device/templates.hpp"

#include <tss2/tss2_mu.h>

#include <algorithm>
#include <array>

namespace troth::device::esys {

namespace {

constexpr TPM2_HANDLE storage_root_index = 0x81000001;

/// Where the TCG's profile puts a certificate, its key, and how the key is made if it is not kept.
struct slot {
  TPM2_HANDLE certificate;
  TPM2_HANDLE key;
  TPM2B_PUBLIC (*primary)(); ///< Null: keys of this slot are always kept.
};

constexpr std::array slots{
  slot{0x01C00002, 0x81010001, endorsement_rsa}, slot{0x01C0000A, 0x81010002, endorsement_ecc},
  slot{0x01C00012, 0x81010012, nullptr}, // RSA 2048, high range
  slot{0x01C00014, 0x81010014, nullptr}, // P-256, high range
  slot{0x01C00016, 0x81010016, nullptr}, // P-384, high range
};

/// Returns the TPMT_PUBLIC, marshalled.
result<bytes> marshal_public(const TPM2B_PUBLIC& key) {
  bytes out(sizeof(TPMT_PUBLIC));
  std::size_t end = 0;
  if (const auto rc = Tss2_MU_TPMT_PUBLIC_Marshal(&key.publicArea, out.data(), out.size(), &end);
      rc != TSS2_RC_SUCCESS)
    return failed("marshal TPMT_PUBLIC", rc);
  out.resize(end);
  return out;
}

/// Reads a marshalled structure and nothing behind it. @returns `malformed`.
template <class T>
result<T>
unmarshal(TSS2_RC (*read)(const uint8_t*, size_t, size_t*, T*), byte_view from, const char* field) {
  T out{};
  std::size_t end = 0;
  if (read(from.data(), from.size(), &end, &out) != TSS2_RC_SUCCESS || end != from.size())
    return error{errc::malformed, field};
  return out;
}

/// Returns whether `certificate` seems to be about `key`: it holds the key's public number. Only
/// chooses among keys; who trusts the certificate compares both properly.
bool seems_to_certify(const bytes& certificate, const TPM2B_PUBLIC& key) {
  const auto& unique = key.publicArea.unique;
  const auto number = key.publicArea.type == TPM2_ALG_RSA
                        ? byte_view{unique.rsa.buffer, unique.rsa.size}
                        : byte_view{unique.ecc.x.buffer, unique.ecc.x.size};
  return !number.empty()
         && std::search(certificate.begin(), certificate.end(), number.begin(), number.end())
              != certificate.end();
}

result<handle> create_primary(const connection& at, ESYS_TR hierarchy, const TPM2B_PUBLIC& form) {
  const TPM2B_SENSITIVE_CREATE no_secret{};
  const TPM2B_DATA no_information{};
  const TPML_PCR_SELECTION no_pcrs{};
  ESYS_TR object = ESYS_TR_NONE;
  owned<TPM2B_PUBLIC> made;
  owned<TPM2B_CREATION_DATA> data;
  owned<TPM2B_DIGEST> digest;
  owned<TPMT_TK_CREATION> ticket;
  const auto rc = Esys_CreatePrimary(at.get(), hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                     ESYS_TR_NONE, &no_secret, &form, &no_information, &no_pcrs,
                                     &object, out_of{made}, out_of{data}, out_of{digest},
                                     out_of{ticket});
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_CreatePrimary", rc);
  return handle{at, object, at_end::flush};
}

result<owned<TPM2B_PUBLIC>> read_public(const connection& at, const handle& key) {
  owned<TPM2B_PUBLIC> out;
  owned<TPM2B_NAME> name;
  owned<TPM2B_NAME> qualified_name;
  const auto rc = Esys_ReadPublic(at.get(), key.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                  out_of{out}, out_of{name}, out_of{qualified_name});
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_ReadPublic", rc);
  return out;
}

/// Opens the key that `certificate` is about, whether kept or made.
result<open_endorsement> open_certified(const connection& at, bytes certificate,
                                        result<handle> key) {
  if (!key)
    return key.error();
  const auto about = read_public(at, *key);
  if (!about)
    return about.error();
  if (!seems_to_certify(certificate, **about))
    return error{errc::not_found, "tpm: the key of an EK certificate"};
  auto area = marshal_public(**about);
  if (!area)
    return area.error();
  const bool needs_policy = ((*about)->publicArea.objectAttributes & TPMA_OBJECT_USERWITHAUTH) == 0;
  return open_endorsement{{std::move(certificate), *std::move(area)},
                          *std::move(key),
                          needs_policy};
}

result<open_endorsement> open_slot(const connection& at, const slot& where) {
  const auto stored = read_nv(at, where.certificate);
  if (!stored)
    return stored.error();
  const auto certificate = trim_certificate(*stored);
  if (!certificate)
    return certificate.error();
  auto kept = open_certified(at, *certificate, open_kept(at, where.key));
  if (kept || kept.error().code != errc::not_found || !where.primary)
    return kept;
  return open_certified(at, *certificate,
                        create_primary(at, ESYS_TR_RH_ENDORSEMENT, where.primary()));
}

/// Returns the owner's storage root key, or one made like it: the same TPM makes the same key.
result<handle> open_storage_root(const connection& at) {
  auto kept = open_kept(at, storage_root_index);
  if (kept || kept.error().code != errc::not_found)
    return kept;
  return create_primary(at, ESYS_TR_RH_OWNER, storage_root());
}

/// Starts a session that has shown the right to use the endorsement hierarchy.
result<handle> endorsement_session(const connection& at) {
  const TPMT_SYM_DEF no_encryption{.algorithm = TPM2_ALG_NULL, .keyBits = {}, .mode = {}};
  ESYS_TR session = ESYS_TR_NONE;
  auto rc = Esys_StartAuthSession(at.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                  ESYS_TR_NONE, nullptr, TPM2_SE_POLICY, &no_encryption,
                                  TPM2_ALG_SHA256, &session);
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_StartAuthSession", rc);
  handle out{at, session, at_end::flush};
  rc = Esys_PolicySecret(at.get(), ESYS_TR_RH_ENDORSEMENT, session, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                         ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr);
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_PolicySecret", rc);
  return out;
}

} // namespace

result<open_endorsement> open_endorsement_key(const connection& at) {
  for (const auto& where : slots) {
    auto found = open_slot(at, where);
    if (found || found.error().code == errc::io)
      return found;
  }
  return error{errc::no_endorsement, "tpm: no EK certificate"};
}

result<key_blob> create_key(const connection& at, const TPM2B_PUBLIC& form) {
  const auto parent = open_storage_root(at);
  if (!parent)
    return parent.error();
  const TPM2B_SENSITIVE_CREATE no_secret{};
  const TPM2B_DATA no_information{};
  const TPML_PCR_SELECTION no_pcrs{};
  owned<TPM2B_PRIVATE> secret_half;
  owned<TPM2B_PUBLIC> public_half;
  owned<TPM2B_CREATION_DATA> data;
  owned<TPM2B_DIGEST> digest;
  owned<TPMT_TK_CREATION> ticket;
  const auto rc = Esys_Create(at.get(), parent->get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                              &no_secret, &form, &no_information, &no_pcrs, out_of{secret_half},
                              out_of{public_half}, out_of{data}, out_of{digest}, out_of{ticket});
  if (rc != TSS2_RC_SUCCESS)
    return refused("TPM2_Create", rc);
  auto area = marshal_public(*public_half);
  if (!area)
    return area.error();
  const byte_view wrapped{secret_half->buffer, secret_half->size};
  return key_blob{*std::move(area), copy(wrapped)};
}

result<handle> load_key(const connection& at, const key_blob& key) {
  const auto area = unmarshal(Tss2_MU_TPMT_PUBLIC_Unmarshal, key.public_area,
                              "tpm.key.public_area");
  if (!area)
    return area.error();
  const TPM2B_PUBLIC public_half{.size = 0, .publicArea = *area}; // the size is counted anew
  const auto secret_half = to_tpm2b(key.private_area, &TPM2B_PRIVATE::buffer,
                                    "tpm.key.private_area");
  if (!secret_half)
    return secret_half.error();
  const auto parent = open_storage_root(at);
  if (!parent)
    return parent.error();
  ESYS_TR object = ESYS_TR_NONE;
  const auto rc = Esys_Load(at.get(), parent->get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            &*secret_half, &public_half, &object);
  if (rc != TSS2_RC_SUCCESS)
    return refused("TPM2_Load", rc);
  return handle{at, object, at_end::flush};
}

result<kept_key> open_kept_key(const connection& at, std::uint32_t index) {
  auto object = open_kept(at, index);
  if (!object)
    return object.error();
  const auto about = read_public(at, *object);
  if (!about)
    return about.error();
  auto area = marshal_public(**about);
  if (!area)
    return area.error();
  return kept_key{*std::move(object), *std::move(area)};
}

result<void> keep_key(const connection& at, const handle& key, std::uint32_t index) {
  ESYS_TR kept = ESYS_TR_NONE;
  const auto rc = Esys_EvictControl(at.get(), ESYS_TR_RH_OWNER, key.get(), ESYS_TR_PASSWORD,
                                    ESYS_TR_NONE, ESYS_TR_NONE, index, &kept);
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_EvictControl", rc);
  const handle known{at, kept, at_end::close};
  return {};
}

result<bytes> activate_credential(const connection& at, const handle& attestation_key,
                                  byte_view id_object, byte_view encrypted_secret) {
  const auto credential = unmarshal(Tss2_MU_TPM2B_ID_OBJECT_Unmarshal, id_object, "tpm.credential");
  if (!credential)
    return credential.error();
  const auto encrypted = unmarshal(Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal, encrypted_secret,
                                   "tpm.secret");
  if (!encrypted)
    return encrypted.error();
  const auto endorsement = open_endorsement_key(at);
  if (!endorsement)
    return endorsement.error();
  auto session = result<handle>{handle{at, ESYS_TR_NONE, at_end::close}};
  if (endorsement->needs_policy)
    session = endorsement_session(at);
  if (!session)
    return session.error();
  owned<TPM2B_DIGEST> secret;
  const auto rc = Esys_ActivateCredential(at.get(), attestation_key.get(),
                                          endorsement->object.get(), ESYS_TR_PASSWORD,
                                          endorsement->needs_policy ? session->get()
                                                                    : ESYS_TR_PASSWORD,
                                          ESYS_TR_NONE, &*credential, &*encrypted, out_of{secret});
  if (rc != TSS2_RC_SUCCESS)
    return refused("TPM2_ActivateCredential", rc);
  return copy({secret->buffer, secret->size});
}

} // namespace troth::device::esys
