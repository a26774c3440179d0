#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/endorsement/intel_tcb_info.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "shared/report/result.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

namespace troth::appraisal {

/// The time in which a verdict on certificates stays what it is.
struct window {
  time_point from = time_point::min();
  time_point until = time_point::max();

  bool has(time_point at) const noexcept { return from <= at && at <= until; }

  /// Narrows it to when all of these are valid.
  void narrow(const std::vector<crypto::certificate>& path) {
    for (const auto& each : path) {
      from = std::max(from, each.not_before());
      until = std::min(until, each.not_after());
    }
  }
};

/// A chain that was verified.
struct proven_chain {
  std::vector<crypto::certificate> path; ///< Leaf to root.
  window valid;
};

/// The key of an SNP platform, that a root vouches for.
struct proven_vek {
  std::vector<crypto::certificate> path; ///< VEK, its issuer, root.
  endorsement::vek_extensions extensions;
  window valid;
};

/// A platform that Intel certified.
struct proven_platform {
  std::vector<crypto::certificate> path;  ///< PCK certificate, CA, root.
  std::vector<crypto::certificate> roots; ///< All that may end a path.
  endorsement::intel::pck_extension pck;
  window valid;
};

/// What Intel said of one: each signature verified. Statements and lists have dates of their own.
struct proven_statements {
  endorsement::intel::tcb_info tcb_info;
  endorsement::intel::enclave_identity identity;
  std::vector<crypto::certificate> below_root; ///< What the root's list may name.
  crypto::revocation_list root_list;
  crypto::revocation_list pck_list;
  window valid; ///< Of the certificates.
};

using proven_silicon = std::variant<proven_vek, proven_platform, proven_statements>;

/// A finding with cmc's number for it.
struct recorded_finding {
  report::finding said;
  report::error_code code;
};

/// A signed item of which every signature and chain was verified.
struct proven_item {
  report::metadata_result result; ///< The item and its signatures.
  std::vector<recorded_finding> findings;
  window valid;
  std::size_t size_bytes = 0; ///< Of the signed item.
};

/// What earlier appraisals proved, so that it need not be proved again. It holds nothing but what
/// verified, under keys that name content and trust store: with or without it a result is the
/// same. Used from several threads at once.
class memory {
public:
  memory() = default;
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;
  virtual ~memory() = default;

  /// Return what was kept under a key; null: nothing was, or it has gone.
  virtual std::shared_ptr<const proven_chain> find_chain(const digest& key) = 0;
  virtual std::shared_ptr<const proven_item> find_item(const digest& key) = 0;
  virtual std::shared_ptr<const proven_silicon> find_silicon(const digest& key) = 0;

  virtual void keep(const digest& key, std::shared_ptr<const proven_chain> chain) = 0;
  virtual void keep(const digest& key, std::shared_ptr<const proven_item> item) = 0;
  virtual void keep(const digest& key, std::shared_ptr<const proven_silicon> proof) = 0;
};

} // namespace troth::appraisal
