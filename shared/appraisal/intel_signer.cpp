#include "shared/appraisal/intel_signer.hpp"

#include "shared/appraisal/intel_rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/endorsement/intel_chain.hpp"
#include "shared/endorsement/intel_pck_identity.hpp"
#include "shared/endorsement/intel_quote.hpp"
#include "shared/endorsement/simulated.hpp"
#include "shared/endorsement/snp_chain.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

using namespace endorsement::intel;
using evidence::sgx::certification_type;
using certificates = std::vector<crypto::certificate>;

class signer_check {
public:
  signer_check(const evidence_inputs& in, const evidence::sgx::signature_data& by,
               const intel_trust& trust, const report::manifest* root, ledger& book,
               report::signature_result& out)
    : in_(in), by_(by), trust_(trust), root_(root), book_(book), out_(out) {
    // nop
  }

  std::optional<intel_signer> run(const evidence::sgx::quote_header& header) {
    book_.check(rules::intel_qe_vendor, subject(),
                std::ranges::equal(header.qe_vendor_id, endorsement::intel::intel_qe_vendor),
                {hex(header.qe_vendor_id), hex(endorsement::intel::intel_qe_vendor)});
    find_chain_beside(header);
    const auto key = silicon_key("pck", trust_.roots, trust_.root_keys, chain_bytes());
    auto known = in_.known != nullptr ? in_.known->find<proven_platform>(key) : nullptr;
    if (known) {
      book_.check(rules::intel_pck, subject(), true);
      note_path(known->path);
    } else {
      auto proof = prove_platform();
      if (!proof)
        return std::nullopt;
      known = std::make_shared<const proven_platform>(*std::move(proof));
    }
    check_named(known->pck);
    const auto attesting = check_keys(pck_key_ ? *pck_key_ : known->path.front().key());
    if (known->path.empty() || !attesting)
      return std::nullopt;
    if (pck_key_ && in_.known != nullptr)
      in_.known->note(key, *known);
    check_root(known->path, known->pck);
    return intel_signer{known->path, known->roots, known->pck, *attesting};
  }

private:
  std::string_view subject() const { return in_.evidence.type; }

  /// @returns nothing without a PCK certificate; its path is empty if no root vouches for it.
  std::optional<proven_platform> prove_platform() {
    const auto carried = read_chain();
    if (!carried)
      return refuse_pck(carried.error());
    auto pck = pck_extension_of(carried->front());
    if (!pck)
      return refuse_pck(pck.error());
    book_.check(rules::intel_pck, subject(), true);
    pck_key_ = carried->front().key();
    auto roots = endorsement::pinned_roots(*carried, trust_.root_keys);
    roots.insert(roots.end(), trust_.roots.begin(), trust_.roots.end());
    auto path = check_path(*carried, roots);
    proven_platform out{std::move(path), std::move(roots), *std::move(pck), {}};
    out.valid.narrow(out.path);
    return out;
  }

  /// Where the PCK certificate and its chain are.
  std::vector<byte_view> chain_bytes() const {
    if (by_.type == certification_type::pck_chain)
      return {by_.certification_data};
    return {beside_.begin(), beside_.end()};
  }

  /// The chain that came along; where a quote only names its certificate and none did, the
  /// verifier's own.
  void find_chain_beside(const evidence::sgx::quote_header& header) {
    beside_ = find_collateral(in_.context.value(), in_.evidence.type)->certificates;
    if (!names_pck(by_))
      return;
    named_ = pck_identity_of(header, by_);
    if (beside_.empty() && *named_ && in_.statements != nullptr)
      beside_ = in_.statements->pck_chain_of(**named_);
  }

  void check_named(const pck_extension& pck) {
    if (!named_)
      return;
    const auto fits = *named_ ? check_is_named(pck, **named_) : result<void>{named_->error()};
    if (fits)
      book_.check(rules::intel_pck_identity, subject(), true);
    else
      book_.fail(rules::intel_pck_identity, subject(), fits.error(),
                 "the PCK certificate that the quote names");
  }

  std::optional<proven_platform> refuse_pck(const error& why) {
    out_.chain = book_.fail(rules::intel_pck, subject(), why, "a PCK certificate and its chain");
    return std::nullopt;
  }

  /// The chain in the quote, else the one beside it.
  result<certificates> read_chain() const {
    if (by_.type == certification_type::pck_chain)
      return parse_pck_chain(by_.certification_data);
    certificates out;
    for (const auto& der : beside_) {
      auto read = crypto::certificate::from_der(der);
      if (!read)
        return read.error();
      out.push_back(*std::move(read));
    }
    if (out.empty() && named_ && !*named_)
      return named_->error();
    if (out.empty())
      return error{errc::missing, "PCK certificate"};
    return out;
  }

  certificates check_path(const certificates& carried, const certificates& roots) {
    auto path = verify_pck_chain(carried, roots, trust_.now);
    if (!path) {
      out_.certificates = {carried};
      out_.chain = book_.fail(rules::intel_pck_chain, subject(), path.error(),
                              "a chain to a root of Intel");
      return {};
    }
    note_path(*path);
    return *std::move(path);
  }

  void note_path(const certificates& path) {
    out_.certificates = {path};
    out_.chain = book_.check(rules::intel_pck_chain, subject(), true,
                             {path.front().subject(), path.back().subject()});
  }

  /// @returns the attestation key, if the PCK vouches for its enclave and that for the key.
  std::optional<crypto::public_key> check_keys(const crypto::public_key& pck) {
    if (const auto signed_by = verify_qe_report(by_, pck); !signed_by) {
      out_.signature = book_.fail(rules::intel_qe_report, subject(), signed_by.error(),
                                  "a QE report that the PCK signed");
      return std::nullopt;
    }
    book_.check(rules::intel_qe_report, subject(), true);
    if (const auto bound = verify_attestation_key(by_); !bound) {
      out_.signature = book_.fail(rules::intel_attestation_key, subject(), bound.error(),
                                  "the key whose hash is in the QE report");
      return std::nullopt;
    }
    auto key = attestation_key_of(by_);
    if (!key) {
      out_.signature = book_.fail(rules::intel_attestation_key, subject(), key.error(),
                                  "a point on P-256");
      return std::nullopt;
    }
    book_.check(rules::intel_attestation_key, subject(), true);
    return *std::move(key);
  }

  void check_root(const certificates& path, const pck_extension& pck) {
    const auto& root = path.back();
    if (endorsement::is_simulated(root))
      book_.check(rules::evidence_simulated, subject(), book_.rules().accept_simulated_evidence,
                  {"simulated silicon", "silicon", {}, "simulated: it proves nothing"});
    if (const auto kind = check_ca_kind(pck, path[1]); kind)
      book_.check(rules::intel_pck_ca, subject(), true);
    else
      book_.fail(rules::intel_pck_ca, subject(), kind.error(), "the CA for this kind of platform");
    static const std::vector<std::string> none;
    const auto& fingerprints = root_ != nullptr ? root_->ca_fingerprints : none;
    const auto is_root = [&](const std::string& named) {
      const auto read = from_hex(named);
      return read && std::ranges::equal(*read, root.sha256().view());
    };
    book_.check(rules::intel_ca_fingerprint, subject(), std::ranges::any_of(fingerprints, is_root),
                {hex(root.sha256().view()), "a fingerprint that the root manifest names"});
  }

  const evidence_inputs& in_;
  const evidence::sgx::signature_data& by_;
  const intel_trust& trust_;
  const report::manifest* root_;
  ledger& book_;
  report::signature_result& out_;
  std::optional<crypto::public_key> pck_key_; // of one that was not known
  std::vector<bytes> beside_;                 // the chain that is not in the quote
  std::optional<result<pck_identity>> named_; // of a quote that names its PCK certificate
};

} // namespace

std::optional<intel_signer>
check_intel_signer(const evidence_inputs& in, const evidence::sgx::quote_header& header,
                   const evidence::sgx::signature_data& by, const intel_trust& trust,
                   const report::manifest* root, ledger& book, report::signature_result& out) {
  return signer_check{in, by, trust, root, book, out}.run(header);
}

} // namespace troth::appraisal
