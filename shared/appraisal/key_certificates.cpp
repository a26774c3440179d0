#include "shared/appraisal/key_certificates.hpp"

#include "shared/base/hex.hpp"

#include <algorithm>

namespace troth::appraisal {

const certificate_pool::chain&
check_key_certificates(const evidence_inputs& in, certificate_pool& pool,
                       const std::vector<std::string>& fingerprints, const key_requirements& wanted,
                       ledger& book, report::signature_result& into) {
  const auto& type = in.evidence.type;
  const auto& chain = pool.verify(find_collateral(in.context.value(), type)->certificates);
  if (!chain.leaf) {
    into.chain = book.fail(wanted.certificate, type, chain.leaf.error(),
                           std::string{wanted.wanted_certificate});
    return chain;
  }
  book.check(wanted.role, type, !chain.leaf->is_ca(),
             {chain.leaf->is_ca() ? "a CA certificate" : "an end entity certificate",
              "an end entity certificate"});
  if (!chain.path) {
    into.certificates = {{*chain.leaf}};
    into.chain = book.fail(wanted.chain, type, chain.path.error(),
                           std::string{wanted.wanted_chain});
    return chain;
  }
  into.certificates = {*chain.path};
  into.chain = book.check(wanted.chain, type, true,
                          {chain.leaf->subject(), chain.path->back().subject()});
  if (book.rules().require_ca_fingerprints) {
    const auto root = hex(chain.path->back().sha256().view());
    book.check(wanted.fingerprint, type,
               std::ranges::find(fingerprints, root) != fingerprints.end(),
               {root, "a fingerprint that the root manifest names"});
  }
  return chain;
}

} // namespace troth::appraisal
