#pragma once

#include "shared/attesting/report_draft.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troth::attesting {

/// A trust anchor as an attestation sees it.
struct attesting_driver {
  std::string name; ///< For errors.
  bool is_optional = false;
};

/// The making of one report: a part of a prover, run by its actor.
///
/// It asks all drivers for their logs, then all for evidence over the hash of what is to be said,
/// and begins anew if the machine measured something in between.
class attestation {
public:
  template <class T>
  using answer = std::function<void(result<T>)>;

  /// How to ask the drivers, since only an actor can. Each is answered exactly once.
  struct questions {
    std::function<void(std::size_t driver, answer<std::vector<report::collateral>>)> collateral;
    std::function<void(std::size_t driver, const bytes& nonce,
                       answer<std::vector<report::evidence>>)>
      evidence;
  };

  /// How often drivers are asked for both before the machine counts as too busy.
  static constexpr int max_tries = 3;

  /// @param metadata whose sets must outlive the attestation.
  attestation(report_wish wish, std::string name, std::vector<attesting_driver> drivers,
              metadata_sets metadata, questions ask)
    : wish_(std::move(wish)), name_(std::move(name)), drivers_(std::move(drivers)),
      metadata_(std::move(metadata)), ask_(std::move(ask)) {
    // nop
  }

  /// Calls `done` once, with the report, or `unavailable` with the name of the driver that is not
  /// there and not optional. The attestation may be destroyed in it.
  void run(answer<bytes> done);

private:
  struct progress {
    bool takes_part = true;
    std::vector<report::collateral> collaterals;
    std::vector<report::evidence> evidences;
    std::optional<error> failure; ///< Of this round.
  };

  void ask_collaterals();
  void ask_evidences();
  void judge_collaterals();
  void judge_evidences();
  bool drop_missing();
  std::size_t count_participants() const;
  void finish(result<bytes> outcome);

  report_wish wish_;
  std::string name_;
  std::vector<attesting_driver> drivers_;
  metadata_sets metadata_;
  questions ask_;
  answer<bytes> done_;
  std::vector<progress> progress_; // as drivers_
  std::optional<report_draft> draft_;
  std::size_t open_ = 0; // questions without an answer
  int tries_ = 0;
};

} // namespace troth::attesting
