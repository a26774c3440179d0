#pragma once

#include "shared/appraisal/memory.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace troth::appraisal {

/// The chains of one report, for one role: each certificate is parsed once and
/// each chain verified once, however many items it signed.
class certificate_pool {
public:
  /// @param eku the leaf must carry it; empty: none is demanded.
  /// @param known what earlier reports had verified; null: nothing.
  certificate_pool(std::span<const crypto::certificate> roots, time_point now, std::string_view eku,
                   memory* known = nullptr)
    : roots_(roots), now_(now), eku_(eku), memory_(known) {
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

  /// Returns what tells this role and its roots from any other: the trust-store generation.
  const digest& generation();

  std::string_view eku() const noexcept { return eku_; }

  /// Hands on what this report's chains proved.
  void keep() const;

private:
  chain recall(std::span<const bytes> carried);
  chain make_chain(std::span<const bytes> carried) const;

  std::span<const crypto::certificate> roots_;
  time_point now_;
  std::string_view eku_;
  memory* memory_;
  std::optional<digest> generation_;
  std::list<std::pair<std::vector<bytes>, chain>> known_; // a list: references stay good
  std::vector<std::pair<digest, std::shared_ptr<const proven_chain>>> proven_; // by this report
};

} // namespace troth::appraisal
