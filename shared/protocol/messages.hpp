#pragma once

#include "shared/protocol/common.hpp"

#include <caf/atom.hpp>
#include <caf/type_id.hpp>

#include <string>
#include <vector>

namespace troth::protocol {

/// On whose behalf something is asked: goes with each request through all processes that have a
/// part in its answer, for their logs alone.
struct request_context {
  std::string id;    ///< Of the request, as the process has drawn it where it all began.
  std::string trace; ///< `traceparent` of W3C Trace Context; empty: none.
};

/// What fresh evidence must answer.
struct challenge {
  std::string id;      ///< Names the challenge: 16 random bytes, lower-case hex.
  blob nonce;          ///< 32 random bytes.
  std::string expires; ///< RFC 3339.
};

/// Asks a prover for a report.
struct attest_request {
  blob nonce;                      ///< 8 to 64 bytes.
  std::string encoding;            ///< `json` or `cbor`.
  std::vector<std::string> cached; ///< Hex digests of metadata items to leave out.
  std::uint64_t deadline_ms = 0;   ///< Unix time: after it nobody waits for the answer.
};

/// Asks a verifier to appraise a report.
struct appraisal_request {
  payload report;
  std::string challenge_id; ///< This or `nonce`, never both.
  blob nonce;
  std::string policy; ///< Name; empty: the verifier's default.
  blob roots;         ///< PEM, only where the verifier allows it; else empty.
  std::string time;   ///< RFC 3339, only where the verifier allows it; else empty.
  std::string accept; ///< Media type of the result: one of `report::face_types`.
  std::uint64_t deadline_ms = 0;
  std::string peer = {};     ///< Whose metadata may be left out and is kept; empty: nobody's.
  blob policy_document = {}; ///< JSON: a policy to be tried, instead of a name. With a nonce only;
                             ///< the result says so, and no token is made of it.
  std::string kept = {};     ///< Id of an earlier request, whose report the verifier kept: instead
                             ///< of a report and what it answers. With a policy document only;
                             ///< the time is that of then, unless `time` is told.
};

/// What can be done with a policy that is managed at run time.
namespace policy_action {
inline constexpr const char* get = "get";
inline constexpr const char* put = "put";
inline constexpr const char* activate = "activate";
inline constexpr const char* deactivate = "deactivate";
inline constexpr const char* erase = "erase";
} // namespace policy_action

/// Asks a verifier to show or change the policies that are managed at run time.
struct policy_request {
  std::string action; ///< One of `policy_action`.
  std::string name;
  std::string version;     ///< Of all but `deactivate`.
  blob document;           ///< Of `put`: JSON.
  bool is_default = false; ///< Of `activate`: it also applies where a request names none.
  std::string author;      ///< Who asks, for the record.
};

/// What can be done with the reference values that verifiers were given.
namespace reference_action {
inline constexpr const char* get = "get";
inline constexpr const char* add = "add";
inline constexpr const char* activate = "activate";
inline constexpr const char* deactivate = "deactivate";
inline constexpr const char* erase = "erase";
} // namespace reference_action

/// Media types of what can be added: one value, or a CoRIM.
namespace reference_type {
inline constexpr const char* value = "application/json";
inline constexpr const char* unsigned_corim = "application/rim+cbor";
inline constexpr const char* signed_corim = "application/rim+cose";
} // namespace reference_type

/// Asks a verifier to show or change the reference values that it was given.
struct reference_request {
  std::string action;     ///< One of `reference_action`.
  std::string id;         ///< Of all but `add`.
  std::string media_type; ///< Of `add`: one of `reference_type`.
  blob document;          ///< Of `add`.
  std::string author;     ///< Who asks, for the record.
};

/// What can be done with the outcome of a request that is kept.
namespace outcome_action {
inline constexpr const char* begin = "begin";
inline constexpr const char* finish = "finish";
inline constexpr const char* forget = "forget";
inline constexpr const char* find = "find";
} // namespace outcome_action

/// Media types of an outcome that is not there yet: of a request that was begun with this question,
/// and of one that was before.
namespace outcome_state {
inline constexpr const char* begun = "begun";
inline constexpr const char* pending = "pending";
} // namespace outcome_state

/// Asks a verifier to keep the outcome of a request, for who asks later, or again.
struct outcome_request {
  std::string action;         ///< One of `outcome_action`.
  std::string id;             ///< 64 hex digits: who knows them may ask.
  std::string digest;         ///< Of `begin`: of what was asked, hex.
  payload outcome;            ///< Of `finish`.
  std::uint64_t until_ms = 0; ///< Of `begin` and `finish`, Unix time: then it is forgotten.
};

/// Digests of the metadata items that a peer need not send again.
struct known_items {
  std::vector<std::string> digests; ///< Hex.
};

/// Asks the EST server to certify an attestation key.
struct enrol_request {
  std::string name;    ///< What the machine calls itself, for the certificate's subject.
  blob ek_certificate; ///< DER.
  blob ek_public;      ///< TPMT_PUBLIC.
  blob ak_public;      ///< TPMT_PUBLIC.
};

/// What only the TPM that holds both keys can open.
struct enrol_response {
  blob credential_blob;     ///< TPM2B_ID_OBJECT, for TPM2_ActivateCredential.
  blob encrypted_secret;    ///< TPM2B_ENCRYPTED_SECRET.
  blob sealed_certificates; ///< 12-byte IV, AES-256-GCM ciphertext, 16-byte tag: PEM, AK first.
};

/// What can be done with a machine's TLS keys.
namespace tls_key_action {
inline constexpr const char* list = "list";
inline constexpr const char* create = "create";
inline constexpr const char* certificate = "certificate";
inline constexpr const char* sign = "sign";
inline constexpr const char* rotate = "rotate";
inline constexpr const char* erase = "erase";
} // namespace tls_key_action

/// Asks a prover to make, use or give up one of the machine's TLS keys.
struct tls_key_request {
  std::string action;                    ///< One of `tls_key_action`.
  std::string id;                        ///< Of all but `list` and `create`: a UUID.
  std::string kind;                      ///< Of `create`: `tpm`, or `sw` for a key in a file.
  std::string algorithm;                 ///< Of `create`: `EC256`, `RSA2048` and the like.
  std::string common_name;               ///< Of `create`: of the certificate.
  std::vector<std::string> dns_names;    ///< Of `create`.
  std::vector<std::string> ip_addresses; ///< Of `create`.
  std::string hash;                      ///< Of `sign`: `SHA-256`, `SHA-384`, `SHA-512`.
  blob digest;                           ///< Of `sign`.
  std::string caller;     ///< Who asks: of a key that is made, its owner, who alone may use it.
  bool is_of_all = false; ///< Others' keys too, for who runs the machine; never to sign.
  std::uint64_t deadline_ms = 0;
};

/// A key for TLS that an anchor has made, as it is kept outside of it. It can use no other's.
struct anchor_key {
  blob public_area;  ///< TPMT_PUBLIC.
  blob private_area; ///< TPM2B_PRIVATE: encrypted by the TPM.
};

/// An anchor's word for a key that it holds.
struct key_certification {
  blob attest;    ///< TPMS_ATTEST of TPM2_Certify.
  blob signature; ///< TPMT_SIGNATURE, by the attestation key.
};

/// Asks the EST server to certify a TLS key.
struct key_enrol_request {
  std::string challenge_id; ///< Of a challenge that the EST server gave.
  blob csr;                 ///< DER, PKCS #10 (RFC 2986).
  payload report;           ///< Answers `endorsement::enrolment_nonce` of challenge and key.
  blob public_area;         ///< TPMT_PUBLIC, of a key in a TPM; else empty.
  key_certification of;     ///< Over that same nonce, of a key in a TPM; else empty.
};

/// One signed metadata item that the EST server has.
struct metadata_entry {
  std::string digest; ///< SHA-256 of the signed item, hex.
  std::string name;
  std::string media_type;
  std::uint64_t size_bytes = 0;
};

/// What can be done with the metadata of an EST server.
namespace metadata_action {
inline constexpr const char* list = "list";
inline constexpr const char* get = "get";
inline constexpr const char* add = "add";
inline constexpr const char* activate = "activate";
inline constexpr const char* deactivate = "deactivate";
inline constexpr const char* erase = "erase";
} // namespace metadata_action

/// Asks an EST server to show or change its metadata.
struct metadata_request {
  std::string action; ///< One of `metadata_action`.
  std::string digest; ///< Of all but `list` and `add`.
  payload item;       ///< Of `add`: the signed item.
  std::string author; ///< Who asks, for the log.
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, request_context& x) {
  return f(caf::meta::type_name("request_context"), x.id, x.trace);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, challenge& x) {
  return f(caf::meta::type_name("challenge"), x.id, x.nonce, x.expires);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attest_request& x) {
  return f(caf::meta::type_name("attest_request"), x.nonce, x.encoding, x.cached, x.deadline_ms);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, appraisal_request& x) {
  return f(caf::meta::type_name("appraisal_request"), x.report, x.challenge_id, x.nonce, x.policy,
           x.roots, x.time, x.accept, x.deadline_ms, x.peer, x.policy_document, x.kept);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, policy_request& x) {
  return f(caf::meta::type_name("policy_request"), x.action, x.name, x.version, x.document,
           x.is_default, x.author);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reference_request& x) {
  return f(caf::meta::type_name("reference_request"), x.action, x.id, x.media_type, x.document,
           x.author);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, outcome_request& x) {
  return f(caf::meta::type_name("outcome_request"), x.action, x.id, x.digest, x.outcome,
           x.until_ms);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, known_items& x) {
  return f(caf::meta::type_name("known_items"), x.digests);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, enrol_request& x) {
  return f(caf::meta::type_name("enrol_request"), x.name, x.ek_certificate, x.ek_public,
           x.ak_public);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, enrol_response& x) {
  return f(caf::meta::type_name("enrol_response"), x.credential_blob, x.encrypted_secret,
           x.sealed_certificates);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tls_key_request& x) {
  return f(caf::meta::type_name("tls_key_request"), x.action, x.id, x.kind, x.algorithm,
           x.common_name, x.dns_names, x.ip_addresses, x.hash, x.digest, x.caller, x.is_of_all,
           x.deadline_ms);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, anchor_key& x) {
  return f(caf::meta::type_name("anchor_key"), x.public_area, x.private_area);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, key_certification& x) {
  return f(caf::meta::type_name("key_certification"), x.attest, x.signature);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, key_enrol_request& x) {
  return f(caf::meta::type_name("key_enrol_request"), x.challenge_id, x.csr, x.report,
           x.public_area, x.of);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, metadata_entry& x) {
  return f(caf::meta::type_name("metadata_entry"), x.digest, x.name, x.media_type, x.size_bytes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, metadata_request& x) {
  return f(caf::meta::type_name("metadata_request"), x.action, x.digest, x.item, x.author);
}

} // namespace troth::protocol

// Append only. The block registers nothing: the configuration of every process
// calls add_message_types<caf::id_block::troth>(). An atom's text has 10
// characters at most.
CAF_BEGIN_TYPE_ID_BLOCK(troth, caf::first_custom_type_id)
  CAF_ADD_TYPE_ID(troth, (troth::protocol::hello))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::payload))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::chunk))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::readiness))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::challenge))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::attest_request))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::appraisal_request))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::enrol_request))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::enrol_response))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::metadata_entry))
  CAF_ADD_TYPE_ID(troth, (std::vector<troth::protocol::metadata_entry>))
  CAF_ADD_ATOM(troth, troth::protocol, put_atom, "put")
  CAF_ADD_ATOM(troth, troth::protocol, get_atom, "get")
  CAF_ADD_ATOM(troth, troth::protocol, ready_atom, "ready")
  CAF_ADD_ATOM(troth, troth::protocol, challenge_atom, "challenge")
  CAF_ADD_ATOM(troth, troth::protocol, attest_atom, "attest")
  CAF_ADD_ATOM(troth, troth::protocol, appraise_atom, "appraise")
  CAF_ADD_ATOM(troth, troth::protocol, collateral_atom, "collateral")
  CAF_ADD_ATOM(troth, troth::protocol, evidence_atom, "evidence")
  CAF_ADD_ATOM(troth, troth::protocol, enrol_atom, "enrol")
  CAF_ADD_ATOM(troth, troth::protocol, metadata_atom, "metadata")
  CAF_ADD_TYPE_ID(troth, (troth::protocol::known_items))
  CAF_ADD_ATOM(troth, troth::protocol, known_atom, "known")
  CAF_ADD_ATOM(troth, troth::protocol, keys_atom, "keys")
  CAF_ADD_ATOM(troth, troth::protocol, policies_atom, "policies")
  CAF_ADD_ATOM(troth, troth::protocol, measure_atom, "measure")
  CAF_ADD_ATOM(troth, troth::protocol, update_atom, "update")
  CAF_ADD_TYPE_ID(troth, (troth::protocol::policy_request))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::outcome_request))
  CAF_ADD_ATOM(troth, troth::protocol, outcome_atom, "outcome")
  CAF_ADD_TYPE_ID(troth, (troth::protocol::reference_request))
  CAF_ADD_ATOM(troth, troth::protocol, references_atom, "references")
  CAF_ADD_ATOM(troth, troth::protocol, anchors_atom, "anchors")
  CAF_ADD_TYPE_ID(troth, (troth::protocol::metadata_request))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::request_context))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::tls_key_request))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::anchor_key))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::key_certification))
  CAF_ADD_TYPE_ID(troth, (troth::protocol::key_enrol_request))
  CAF_ADD_ATOM(troth, troth::protocol, tls_keys_atom, "tls_keys")
  CAF_ADD_ATOM(troth, troth::protocol, make_key_atom, "make_key")
  CAF_ADD_ATOM(troth, troth::protocol, certify_key_atom, "certifykey")
  CAF_ADD_ATOM(troth, troth::protocol, sign_atom, "sign")
  CAF_ADD_ATOM(troth, troth::protocol, ca_atom, "ca")
CAF_END_TYPE_ID_BLOCK(troth)
