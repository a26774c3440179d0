#pragma once

#include "shared/protocol/messages.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

// What each process answers to. An error is one of ours (`protocol/error.hpp`):
// its code and place survive the journey.

namespace troth::protocol {

/// What every published actor answers.
///
/// - `hello` -> its own; `forbidden` for an unexpected role, `unsupported` for
///   another major version.
/// - `ready` -> whether it can do its work now.
/// - `put, chunk` -> nothing: keeps a part of a body for the request that will name its
///   transfer. In order; `conflict` if not; `too_large` over the maximum; `exhausted`.
/// - `get, transfer, offset` -> the next part, at most `max_chunk_bytes`; `not_found` once expired.
using peer_actor
  = caf::typed_actor<caf::replies_to<hello>::with<hello>,
                     caf::replies_to<ready_atom>::with<readiness>,
                     caf::replies_to<put_atom, chunk>::with<void>,
                     caf::replies_to<get_atom, std::string, std::uint64_t>::with<blob>>;

// Whatever is asked below on behalf of somebody comes with its `request_context`, which changes no
// answer.

/// Owns one trust anchor.
///
/// - `collateral` -> a CBOR array of `report::collateral`, with the logs as they stand now.
/// - `evidence, nonce` -> a CBOR array of `report::evidence` over the nonce, 1 to 64 bytes;
///   `conflict` if the registers no longer are what the last collateral's logs lead to: ask for
///   both again.
/// - `measure, container` -> the event that its log has of the container now; `unsupported` where
///   there is no such log. Both are a `report::component` in CBOR, as `report::write_component`
///   has it.
/// - `update` -> whether the anchor's key was certified anew, now; `is_ready` for one that needs
///   no certificate.
/// - `make_key, algorithm` -> a TLS key that cannot leave it, certified by nobody yet;
///   `unsupported` for an anchor that makes none, or another algorithm than `EC256`, `EC384`,
///   `RSA2048`, `RSA3072`.
/// - `certify_key, key, nonce` -> its word that the key is in it, over the nonce, by the
///   attestation key that signs its evidence; `conflict` if the key is another anchor's.
/// - `sign, key, hash, digest` -> a signature: ECDSA in DER, or RSASSA-PSS whose salt is as long as
///   the digest. `unsupported` for another hash than `SHA-256`, `SHA-384`, `SHA-512`; `malformed`
///   for a digest of another length.
using driver_actor = peer_actor::extend<
  caf::replies_to<collateral_atom, request_context>::with<payload>,
  caf::replies_to<evidence_atom, blob, request_context>::with<payload>,
  caf::replies_to<measure_atom, blob, request_context>::with<payload>,
  caf::replies_to<update_atom, request_context>::with<readiness>,
  caf::replies_to<make_key_atom, std::string, request_context>::with<anchor_key>,
  caf::replies_to<certify_key_atom, anchor_key, blob, request_context>::with<key_certification>,
  caf::replies_to<sign_atom, anchor_key, std::string, blob, request_context>::with<blob>>;

/// Makes reports, and keeps the machine's TLS keys.
///
/// - `attest` -> the report, `application/json` or `application/cbor`.
/// - `measure, container` -> what the driver that keeps the log of containers says; `not_found` if
///   none does.
/// - `update, what` -> `metadata`: whether all that there is was fetched, now; `certificates`: what
///   the drivers say to their `update`; `not_found` for anything else.
/// - `tls_keys, request` -> of `list`: `{"keys": [{"id", "kind", "algorithm", "commonName",
///   "dnsNames", "ipAddresses", "owner", "created", "notAfter"}]}` (`application/json`), those of
///   the caller; of `create` and `rotate`, once the EST server has certified the key, the same with
///   that key alone, and of `erase` what is left; of `certificate` the PEM of the certificate and
///   its chain (`application/pem-certificate-chain`); of `sign` the signature as the driver has it
///   (`application/octet-stream`). `rotate` makes a new key under the same id; the old one goes
///   once the new one is certified. `not_found` for a key that is not there, or another's;
///   `malformed`, `unsupported`, `missing` for what cannot be asked; `exhausted` if there are too
///   many; `unavailable` if nobody certifies it.
using prover_actor = peer_actor::extend<
  caf::replies_to<attest_atom, attest_request, request_context>::with<payload>,
  caf::replies_to<measure_atom, blob, request_context>::with<payload>,
  caf::replies_to<update_atom, std::string, request_context>::with<readiness>,
  caf::replies_to<tls_keys_atom, tls_key_request, request_context>::with<payload>>;

/// Issues challenges and appraises the reports that answer them.
///
/// - `challenge` -> a new one; `exhausted` if too many are open.
/// - `appraise` -> cmc's attestation result. A challenge is good for one call, also one that
///   fails: `no_challenge` after that. `forbidden` for roots or a time where they are not allowed.
///   As a page or a token where the request says so. `not_found` for a request of which no report
///   was kept.
/// - `keys` -> the keys that tokens are signed with, or lately were: a JWK set
///   (`application/jwk-set+json`); `not_found` where none are.
/// - `policies` -> those of the configuration and those that are managed: `{"default", "policies":
///   [{"name", "version", "digest", "source", "active", ...}]}`, the digest that of the document as
///   it was set (`application/json`). A request may name those that are active.
/// - `policies, request` -> the document that is to be shown, else the list after the change;
///   `not_found`; `malformed`, `unknown_key` and the like for what is no policy; `conflict` for a
///   version that is there and another, an active one that is to go, and a name of the
///   configuration; `exhausted` if too many are kept.
/// - `references` -> the reference values that it was given: `{"values": [{"id", "active",
///   "source", "author", "created", "until"?, "component"}]}` (`application/json`).
/// - `references, request` -> those that are concerned; `not_found`; `malformed`, `unsupported`,
///   `missing` and the like for what is none, and no CoRIM; `bad_signature`, `untrusted`, `expired`
///   for a CoRIM that does not count; `exhausted` if too many are kept.
/// - `anchors` -> whom it trusts: `{"anchors": [{"role", ...}]}` (`application/json`).
/// - `collateral` -> what it keeps of what vendors say: `{"items": [{"kind", "key", "source",
///   "fetched", "from", "until", "stale"}]}` (`application/json`).
/// - `outcome, request` -> what is kept of a request, at any verifier that shares the store: its
///   outcome, or that there is none yet (`outcome_state`). `begin` -> also `conflict` if something
///   else was asked under that id, `exhausted` if too much is kept; `finish`, `forget` -> nothing;
///   `find` -> `not_found`.
/// - `known, peer` -> which metadata items that peer's reports may leave out.
using verifier_actor = peer_actor::extend<
  caf::replies_to<challenge_atom, request_context>::with<challenge>,
  caf::replies_to<appraise_atom, appraisal_request, request_context>::with<payload>,
  caf::replies_to<known_atom, std::string, request_context>::with<known_items>,
  caf::replies_to<keys_atom, request_context>::with<payload>,
  caf::replies_to<policies_atom, request_context>::with<payload>,
  caf::replies_to<policies_atom, policy_request, request_context>::with<payload>,
  caf::replies_to<references_atom, request_context>::with<payload>,
  caf::replies_to<references_atom, reference_request, request_context>::with<payload>,
  caf::replies_to<anchors_atom, request_context>::with<payload>,
  caf::replies_to<collateral_atom, request_context>::with<payload>,
  caf::replies_to<outcome_atom, outcome_request, request_context>::with<payload>>;

/// Certifies attestation keys and TLS keys, and hands out signed metadata.
///
/// - `enrol` -> the certificate, which only that TPM can open; `untrusted` for an EK certificate
///   of an unknown vendor; `malformed`, `weak` for keys that are not what they must be.
/// - `metadata` -> what is handed out; `metadata, digest` -> one item, `not_found` otherwise.
/// - `metadata, request` -> the item that is to be shown, else what there is after the change, also
///   what is not handed out: `{"items": [{"digest", "kind", "name", "version", "mediaType",
///   "sizeBytes", "active", "source"}]}` (`application/json`); `not_found`; `malformed` and the
///   like for what is no signed item; `conflict` for one of the folder that is to go; `unsupported`
///   where no metadata is; `exhausted` if there are too many.
/// - `challenge` -> a new one, for a key that is to be certified; `exhausted` if too many are open;
///   `unsupported` where TLS keys are not certified.
/// - `enrol, key` -> the certificate and its chain, the leaf first
///   (`application/pem-certificate-chain`). A challenge is good for one call, also one that fails:
///   `no_challenge` after that. `bad_signature`, `malformed`, `weak` for a CSR that is none;
///   `forbidden` for one that asks for what nobody may be; `untrusted` for a report that does not
///   pass, or a key that is not in the TPM which signed it.
/// - `ca` -> the CA of TLS keys and its chain (`application/pem-certificate-chain`).
using est_actor = peer_actor::extend<
  caf::replies_to<enrol_atom, enrol_request, request_context>::with<enrol_response>,
  caf::replies_to<challenge_atom, request_context>::with<challenge>,
  caf::replies_to<enrol_atom, key_enrol_request, request_context>::with<payload>,
  caf::replies_to<ca_atom, request_context>::with<payload>,
  caf::replies_to<metadata_atom, request_context>::with<std::vector<metadata_entry>>,
  caf::replies_to<metadata_atom, std::string, request_context>::with<payload>,
  caf::replies_to<metadata_atom, metadata_request, request_context>::with<payload>>;

} // namespace troth::protocol
