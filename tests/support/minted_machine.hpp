#pragma once

#include "shared/endorsement/trust_anchors.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"
#include "tests/support/minted.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace troth::testing {

/// What a quote says, field by field, before it is signed.
struct quote_fields {
  std::uint32_t magic = 0xff544347;
  std::uint16_t type = 0x8018;
  bytes extra_data;
  std::vector<std::pair<std::uint16_t, std::vector<std::uint32_t>>> selections; ///< Bank, PCRs.
  bytes pcr_digest;

  bytes marshal() const; ///< TPMS_ATTEST.
};

/// Writes a raw ECDSA signature as a TPMT_SIGNATURE.
bytes tpmt_ecdsa(byte_view raw, std::uint16_t hash = 0x000b);

/// A machine that proves what it runs: a TPM's key in the test's memory, boot logs, IMA
/// entries, manifests that list them, and the signers of it all. As made, the default policy
/// affirms it. A test spoils one thing and asks for the report.
struct machine {
  /// @param ima_entries how many files it has measured.
  explicit machine(std::size_t ima_entries = 3);

  identity metadata_ca = mint_root(ca_content("Metadata CA"));
  identity ak_ca = mint_root(ca_content("AK CA"));
  identity signer = mint(leaf_content("Signer", std::string{crypto::eku::code_signing}),
                         metadata_ca);
  identity ak = mint(leaf_content("machine TPM AK", std::string{crypto::eku::tpm_ak}), ak_ca);
  identity status_ca = mint_root(ca_content("Status CA"));
  identity status_signer = mint(leaf_content("Status", std::string{crypto::eku::ocsp_signing}),
                                status_ca);
  std::vector<identity> cosigners; ///< Who signs each manifest and description as well.
  bool carries_signer = true;      ///< Whether the certificates of who signed come along.
  bool carries_ak = true;

  report::encoding as = report::encoding::cbor;
  bytes nonce = bytes(32, 0x5a);
  std::map<std::uint32_t, std::vector<report::component>> logs; ///< By PCR; quoted in this order.
  std::vector<report::manifest> manifests;                      ///< Root manifest first.
  report::image_description image;
  /// Makes the status responses that come along, from the digests of the signed manifests, by name.
  std::function<std::vector<report::omsp_response>(const std::map<std::string, std::string>&)>
    status;

  // Spoilers, in the order they are called. Each may be empty.
  std::function<void(report::context&)> spoil_context; ///< Before it is hashed.
  std::function<void(quote_fields&)> spoil_quote;      ///< Before it is signed.
  std::function<void(report::report&)> spoil_report;   ///< Before it is written.

  /// Takes what the logs hold now as reference values of the manifests.
  void learn();

  endorsement::trust_anchors anchors() const {
    endorsement::trust_anchors out;
    out.metadata_roots = {metadata_ca.certificate};
    out.ak_roots = {ak_ca.certificate};
    out.status_roots = {status_ca.certificate};
    return out;
  }

  bytes report() const { return report(claims()); }

  /// Returns what a report says beside the nonce and the evidence, its metadata signed.
  report::context claims() const;

  /// Quotes, and writes the report: one signature.
  bytes report(report::context claims) const;

  /// Signs an item as the machine's signers, or a status as its status signer, in the encoding of
  /// the report.
  bytes sign(const report::metadata_item& item) const;
};

/// Makes a boot event whose digest is the hash of its data.
report::component boot_event(std::uint32_t pcr, std::string type_name, byte_view data);

/// Makes the IMA entry (ima-ng) of a file.
report::component file_event(const std::string& path, byte_view content);

} // namespace troth::testing
