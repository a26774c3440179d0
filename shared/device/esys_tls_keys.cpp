#include "shared/device/esys_tls_keys.hpp"

#include "shared/crypto/ecdsa.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/pss_block.hpp"
#include "shared/device/esys_keys.hpp"
#include "shared/device/templates.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/algorithm.hpp"

#include <algorithm>
#include <utility>

namespace troth::device::esys {

namespace {

/// What every TPM has room for, and all that the kernel's resource manager gives a connection.
/// @see TPM 2.0 Library, Part 2, 6.13 (TPM_PT_HR_TRANSIENT_MIN)
constexpr std::size_t transient_slots = 3;

constexpr std::size_t max_known_keys = 64; // whose contexts are kept: a few kilobytes each

digest id_of(const key_blob& key) {
  return crypto::hash(hash_algorithm::sha256, {key.public_area, key.private_area});
}

/// Says that the TPM refused to use a key that it has loaded.
/// @returns `unsupported` if it blames what it was given: a hash that it does not know.
error not_used(std::string_view command, TSS2_RC rc) {
  const auto why = failed(command, rc);
  // A handle that the TPM forgot: somebody else flushed it, and all others of this connection.
  return {blames_parameter(rc) ? errc::unsupported : errc::io, why.where};
}

} // namespace

result<key_blob> create_tls_key(const connection& at, crypto::key_kind kind) {
  const auto form = tls(kind);
  if (!form)
    return form.error();
  auto made = create_key(at, *form);
  if (!made && made.error().code == errc::conflict)
    return error{errc::unsupported, "tpm: this one makes no key of " + std::string{name(kind)}
                                      + ": " + made.error().where};
  return made;
}

std::size_t tls_keys::count_loaded() const {
  return static_cast<std::size_t>(
    std::ranges::count_if(entries_, [](const entry& each) { return each.loaded.has_value(); }));
}

bool tls_keys::flush_one() {
  const auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                                 [](const entry& each) { return each.loaded.has_value(); });
  if (last == entries_.rend())
    return false;
  last->loaded.reset();
  return true;
}

void tls_keys::make_room(std::size_t count, std::size_t beside) {
  while (beside + count_loaded() + count > transient_slots && flush_one()) {
    // nop
  }
}

result<tls_keys::entry*> tls_keys::open(const key_blob& key, std::size_t beside) {
  const auto id = id_of(key);
  const auto known = std::ranges::find(entries_, id, &entry::id);
  if (known != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, known);
    auto& found = entries_.front();
    if (found.loaded || load_context(found, beside))
      return &found;
    entries_.pop_front();
  }
  const auto area = evidence::tpm::parse_public_area(key.public_area);
  if (!area)
    return area.error();
  auto half = endorsement::to_public_key(*area);
  if (!half)
    return half.error();
  entry fresh{id, *std::move(half), std::nullopt, std::nullopt};
  if (const auto loaded = load_anew(fresh, key, beside); !loaded)
    return loaded.error();
  entries_.push_front(std::move(fresh));
  if (entries_.size() > max_known_keys)
    entries_.pop_back();
  return &entries_.front();
}

result<void> tls_keys::load_anew(entry& which, const key_blob& key, std::size_t beside) {
  make_room(2, beside); // itself, and its parent for the moment
  auto loaded = load_key(*at_, key);
  while (!loaded && loaded.error().code == errc::exhausted && flush_one())
    loaded = load_key(*at_, key);
  if (!loaded)
    return loaded.error();
  which.loaded.emplace(*std::move(loaded));
  owned<TPMS_CONTEXT> saved;
  if (Esys_ContextSave(at_->get(), which.loaded->get(), out_of{saved}) == TSS2_RC_SUCCESS)
    which.context = *saved;
  return {};
}

/// Returns whether the key is loaded again. The context is of no use once the TPM was off.
bool tls_keys::load_context(entry& which, std::size_t beside) {
  if (!which.context)
    return false;
  make_room(1, beside);
  for (;;) {
    ESYS_TR object = ESYS_TR_NONE;
    const auto rc = Esys_ContextLoad(at_->get(), &*which.context, &object);
    if (rc == TSS2_RC_SUCCESS) {
      which.loaded.emplace(*at_, object, at_end::flush);
      return true;
    }
    if (failed("TPM2_ContextLoad", rc).code != errc::exhausted || !flush_one())
      return false;
  }
}

result<signed_certification> tls_keys::certify(const key_blob& key, const handle& attestation_key,
                                               byte_view nonce, std::size_t beside) {
  const auto data = to_tpm2b(nonce, &TPM2B_DATA::buffer, "tpm.certify.nonce");
  if (!data)
    return data.error();
  const auto opened = open(key, beside);
  if (!opened)
    return opened.error();
  const TPMT_SIG_SCHEME as_the_key_says{.scheme = TPM2_ALG_NULL, .details = {}};
  owned<TPM2B_ATTEST> attest;
  owned<TPMT_SIGNATURE> signature;
  const auto rc = Esys_Certify(at_->get(), (*opened)->loaded->get(), attestation_key.get(),
                               ESYS_TR_PASSWORD, ESYS_TR_PASSWORD, ESYS_TR_NONE, &*data,
                               &as_the_key_says, out_of{attest}, out_of{signature});
  if (rc != TSS2_RC_SUCCESS)
    return not_used("TPM2_Certify", rc);
  auto marshalled = marshal_signature(*signature);
  if (!marshalled)
    return marshalled.error();
  return signed_certification{copy({attest->attestationData, attest->size}),
                              *std::move(marshalled)};
}

result<bytes> tls_keys::sign(const key_blob& key, const digest& of, std::size_t beside) {
  const auto opened = open(key, beside);
  if (!opened)
    return opened.error();
  const auto kind = (*opened)->half.kind();
  const auto is_ec = kind == crypto::key_kind::p256 || kind == crypto::key_kind::p384;
  return is_ec ? sign_ecdsa(**opened, of) : sign_rsa(**opened, of);
}

result<bytes> tls_keys::sign_ecdsa(const entry& with, const digest& of) const {
  const auto data = to_tpm2b(of.view(), &TPM2B_DIGEST::buffer, "digest");
  if (!data)
    return data.error();
  TPMT_SIG_SCHEME scheme{};
  scheme.scheme = TPM2_ALG_ECDSA;
  scheme.details.ecdsa.hashAlg = evidence::tpm::id_from_hash(of.algorithm());
  const TPMT_TK_HASHCHECK not_hashed_there{.tag = TPM2_ST_HASHCHECK,
                                           .hierarchy = TPM2_RH_NULL,
                                           .digest = {}};
  owned<TPMT_SIGNATURE> made;
  const auto rc = Esys_Sign(at_->get(), with.loaded->get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                            ESYS_TR_NONE, &*data, &scheme, &not_hashed_there, out_of{made});
  if (rc != TSS2_RC_SUCCESS)
    return not_used("TPM2_Sign", rc);
  const auto& [hash, r, s] = made->signature.ecdsa;
  return crypto::ecdsa_der_from_raw({r.buffer, r.size}, {s.buffer, s.size});
}

/// How long a salt TPM2_Sign chooses, its TPM decides: many take the longest that fits, which
/// TLS 1.3 refuses. So the block is made here, and the TPM does nothing but the private operation.
/// @see TPM 2.0 Library, Part 1, B.7 (RSASSA_PSS); Part 3, 14.3 (TPM2_RSA_Decrypt)
result<bytes> tls_keys::sign_rsa(const entry& with, const digest& of) const {
  const auto block = crypto::pss_block(with.half, of);
  if (!block)
    return block.error();
  const auto data = to_tpm2b(*block, &TPM2B_PUBLIC_KEY_RSA::buffer, "tpm.rsa.block");
  if (!data)
    return data.error();
  const TPMT_RSA_DECRYPT no_padding{.scheme = TPM2_ALG_NULL, .details = {}};
  const TPM2B_DATA no_label{};
  owned<TPM2B_PUBLIC_KEY_RSA> made;
  const auto rc = Esys_RSA_Decrypt(at_->get(), with.loaded->get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                   ESYS_TR_NONE, &*data, &no_padding, &no_label, out_of{made});
  if (rc != TSS2_RC_SUCCESS)
    return not_used("TPM2_RSA_Decrypt", rc);
  // Zeros in front may have been left out.
  bytes out(block->size() - std::min<std::size_t>(block->size(), made->size));
  out.insert(out.end(), made->buffer, made->buffer + made->size);
  return out;
}

} // namespace troth::device::esys
