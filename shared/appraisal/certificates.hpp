#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"

#include <list>
#include <span>
#include <string_view>
#include <vector>

namespace troth::appraisal {

/// The chains of one report, for one role: each certificate is parsed once and
/// each chain verified once, however many items it signed.
class certificate_pool {
public:
  /// @param eku the leaf must carry it; empty: none is demanded.
  certificate_pool(std::span<const crypto::certificate> roots, time_point now, std::string_view eku)
    : roots_(roots), now_(now), eku_(eku) {
    // nop
  }

  /// What is known of the certificates that came with one signature.
  struct chain {
    result<crypto::certificate> leaf;              ///< Parsed, not verified.
    result<std::vector<crypto::certificate>> path; ///< Leaf to root, verified.
  };

  /// Verifies the carried certificates, DER, leaf first.
  /// @note Carried copies of roots are not parsed: a root counts because it is ours.
  const chain& verify(std::span<const bytes> carried);

private:
  chain make_chain(std::span<const bytes> carried) const;

  std::span<const crypto::certificate> roots_;
  time_point now_;
  std::string_view eku_;
  std::list<std::pair<std::vector<bytes>, chain>> known_; // a list: references stay good
};

} // namespace troth::appraisal
