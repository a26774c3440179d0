#include "shared/collateral/origin.hpp"

#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_chain.hpp"
#include "shared/endorsement/intel_statement.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace troth::collateral {

namespace {

namespace intel = endorsement::intel;

using certificates = std::vector<crypto::certificate>;

class origin_check {
public:
  origin_check(const item& of, const question& asked, const item* beside,
               const endorsement::trust_anchors& trust)
    : of_(of), asked_(asked), beside_(beside), trust_(trust) {
    // nop
  }

  result<void> run() const {
    const auto source = issuers();
    if (!source)
      return source.error();
    switch (asked_.kind) {
    case item_kind::tcb_info:
      return check_statement(*source, "tcbInfo");
    case item_kind::qe_identity:
      return check_statement(*source, "enclaveIdentity");
    case item_kind::revocation_list:
      return check_list(*source);
    case item_kind::pck:
      return check_pck(*source);
    case item_kind::vek:
      return check_vek(*source);
    case item_kind::authorities:
      return check_authorities(*source);
    }
    return error{errc::internal, "collateral: kind"};
  }

private:
  /// The certificates of who signed it, then of the root: its own, or those of the item beside it.
  result<certificates> issuers() const {
    const auto* const from = asked_.issued_by.empty() ? &of_ : beside_;
    if (from == nullptr)
      return error{errc::missing, of_.name + ": who signed it"};
    if (asked_.issued_by.empty() && of_.issuers.empty() && asked_.kind != item_kind::authorities)
      return error{errc::missing, of_.name + ": who signed it"};
    return certificates_of(*from);
  }

  /// The vendor's roots: those that are trusted, and among `carried` those whose key is pinned.
  certificates roots(const certificates& carried) const {
    const auto is_amd = asked_.of == service::amd;
    auto out = endorsement::pinned_roots(carried,
                                         is_amd ? trust_.snp_root_keys : trust_.intel_root_keys);
    const auto& own = is_amd ? trust_.snp_roots : trust_.intel_roots;
    out.insert(out.end(), own.begin(), own.end());
    return out;
  }

  result<void> check_statement(const certificates& carried, std::string_view name) const {
    const auto split = intel::parse_signed_statement(to_text(of_.body), name);
    if (!split)
      return split.error();
    const auto path = intel::verify_signing_chain(carried, roots(carried), of_.from);
    if (!path)
      return path.error();
    return intel::verify_statement(*split, path->front());
  }

  /// A list is of a root, or of a CA below one.
  result<void> check_list(const certificates& carried) const {
    const auto list = crypto::revocation_list::from_der(of_.body);
    if (!list)
      return list.error();
    const auto trusted = roots(carried);
    error why{errc::untrusted, of_.name + ": nobody we know is \"" + list->issuer() + '"'};
    for (const auto* some : {&trusted, &carried})
      for (const auto& issuer : *some) {
        if (issuer.subject() != list->issuer())
          continue;
        const auto path = crypto::verify_chain(issuer, carried, trusted, {of_.from, {}});
        const auto signed_it = path ? list->verify(issuer, of_.from) : result<void>{path.error()};
        if (signed_it)
          return {};
        why = signed_it.error();
      }
    return why;
  }

  result<void> check_pck(const certificates& carried) const {
    auto chain = crypto::certificate::from_pem(to_text(of_.body));
    if (!chain)
      return chain.error();
    auto whole = *std::move(chain);
    whole.insert(whole.end(), carried.begin(), carried.end());
    const auto path = intel::verify_pck_chain(whole, roots(carried), of_.from);
    return path ? result<void>{} : path.error();
  }

  result<void> check_vek(const certificates& carried) const {
    const auto vek = crypto::certificate::from_der(of_.body);
    if (!vek)
      return vek.error();
    const auto path = endorsement::verify_vek_chain(*vek, carried, roots(carried), of_.from);
    return path ? result<void>{} : path.error();
  }

  result<void> check_authorities(const certificates& carried) const {
    const auto path = crypto::verify_chain(carried.front(), carried, roots(carried),
                                           {of_.from, {}});
    return path ? result<void>{} : path.error();
  }

  const item& of_;
  const question& asked_;
  const item* beside_;
  const endorsement::trust_anchors& trust_;
};

} // namespace

result<void> check_origin(const item& of, const question& asked, const item* beside,
                          const endorsement::trust_anchors& trust) {
  return origin_check{of, asked, beside, trust}.run();
}

} // namespace troth::collateral
