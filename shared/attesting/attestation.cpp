#include "shared/attesting/attestation.hpp"

#include <algorithm>
#include <iterator>

namespace troth::attesting {

namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T> from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

} // namespace

void attestation::run(answer<bytes> done) {
  done_ = std::move(done);
  progress_.resize(drivers_.size());
  ask_collaterals();
}

void attestation::ask_collaterals() {
  open_ = count_participants();
  if (open_ == 0)
    return finish(error{errc::unavailable, "prover: no driver gives evidence"});
  ++tries_;
  for (std::size_t i = 0; i < drivers_.size(); ++i) {
    if (!progress_[i].takes_part)
      continue;
    ask_.collateral(i, [this, i](result<std::vector<report::collateral>> given) {
      auto& of_driver = progress_[i];
      of_driver.failure.reset();
      if (given)
        of_driver.collaterals = *std::move(given);
      else
        of_driver.failure = given.error();
      if (--open_ == 0)
        judge_collaterals();
    });
  }
}

void attestation::judge_collaterals() {
  if (!drop_missing())
    return;
  std::vector<report::collateral> all;
  for (const auto& each : progress_)
    if (each.takes_part)
      append(all, each.collaterals);
  draft_.emplace(wish_, std::move(all), metadata_);
  ask_evidences();
}

void attestation::ask_evidences() {
  open_ = count_participants();
  if (open_ == 0)
    return finish(error{errc::unavailable, "prover: no driver gives evidence"});
  for (std::size_t i = 0; i < drivers_.size(); ++i) {
    if (!progress_[i].takes_part)
      continue;
    ask_.evidence(i, draft_->evidence_nonce(),
                  [this, i](result<std::vector<report::evidence>> given) {
                    auto& of_driver = progress_[i];
                    of_driver.failure.reset();
                    if (given)
                      of_driver.evidences = *std::move(given);
                    else
                      of_driver.failure = given.error();
                    if (--open_ == 0)
                      judge_evidences();
                  });
  }
}

void attestation::judge_evidences() {
  const auto moved_on = std::ranges::any_of(progress_, [](const progress& each) {
    return each.failure && each.failure->code == errc::conflict;
  });
  if (moved_on && tries_ >= max_tries)
    return finish(error{errc::unavailable, "prover: the machine measures faster than it reports"});
  if (moved_on)
    return ask_collaterals();
  // What a driver left is in the hashed context already: without it all is made anew.
  const auto before = count_participants();
  if (!drop_missing())
    return;
  if (count_participants() != before)
    return ask_collaterals();
  std::vector<report::evidence> all;
  for (auto& each : progress_)
    if (each.takes_part)
      append(all, std::move(each.evidences));
  finish((*std::move(draft_)).finish(name_, std::move(all)));
}

/// Goes on without the optional drivers that failed.
/// @returns false if one failed that is needed: all is over then.
bool attestation::drop_missing() {
  for (std::size_t i = 0; i < drivers_.size(); ++i) {
    if (!progress_[i].failure)
      continue;
    if (!drivers_[i].is_optional) {
      finish(error{errc::unavailable, drivers_[i].name + ": " + to_string(*progress_[i].failure)});
      return false;
    }
    progress_[i] = {.takes_part = false, .collaterals = {}, .evidences = {}, .failure = {}};
  }
  return true;
}

std::size_t attestation::count_participants() const {
  return static_cast<std::size_t>(
    std::ranges::count_if(progress_, [](const progress& each) { return each.takes_part; }));
}

void attestation::finish(result<bytes> outcome) {
  const auto done = std::move(done_); // this object may be gone in it
  done(std::move(outcome));
}

} // namespace troth::attesting
