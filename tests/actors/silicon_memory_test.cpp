#include "actors/appraisal_memory.hpp"
#include "shared/appraisal/appraise.hpp"
#include "shared/report/faces.hpp"
#include "tests/support/minted_intel_guest.hpp"
#include "tests/support/minted_snp_guest.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace std::chrono_literals;
using device::intel_tee;

namespace {

/// Counts the proofs of silicon that were found, and those that were kept.
struct counting_shelf final : appraisal::memory {
  actors::appraisal_memory real{{}, [] { return minted_now; }};
  int found = 0;
  int kept = 0;

  std::shared_ptr<const appraisal::proven_chain> find_chain(const digest& key) override {
    return real.find_chain(key);
  }
  std::shared_ptr<const appraisal::proven_item> find_item(const digest& key) override {
    return real.find_item(key);
  }
  std::shared_ptr<const appraisal::proven_silicon> find_silicon(const digest& key) override {
    auto out = real.find_silicon(key);
    found += out ? 1 : 0;
    return out;
  }
  void keep(const digest& key, std::shared_ptr<const appraisal::proven_chain> chain) override {
    real.keep(key, std::move(chain));
  }
  void keep(const digest& key, std::shared_ptr<const appraisal::proven_item> item) override {
    real.keep(key, std::move(item));
  }
  void keep(const digest& key, std::shared_ptr<const appraisal::proven_silicon> proof) override {
    ++kept;
    real.keep(key, std::move(proof));
  }
};

/// Appraises one report of a guest; the result as JSON.
template <class Guest>
std::string told(const Guest& from, const endorsement::trust_anchors& anchors, byte_view sent,
                 appraisal::memory* known, time_point now = minted_now) {
  const auto rules = from.rules();
  const auto result
    = appraisal::appraise({sent, from.host.nonce, rules, anchors, now, nullptr, nullptr, known});
  return to_text(minted(report::write_face(result, report::face::json, nullptr)));
}

/// A result is the same whether anything is known or not.
template <class Guest>
void check_sameness(const Guest& guest, int proofs) {
  const auto sent = guest.report();
  const auto anchors = guest.anchors();
  const auto alone = told(guest, anchors, sent, nullptr);
  counting_shelf known;
  CHECK(told(guest, anchors, sent, &known) == alone);
  CHECK(known.found == 0);
  CHECK(known.kept == proofs);
  CHECK(told(guest, anchors, sent, &known) == alone);
  CHECK(known.found == proofs);
  CHECK(known.kept == proofs); // nothing new
  const auto late = minted_until + 24h;
  CHECK(told(guest, anchors, sent, &known, late) == told(guest, anchors, sent, nullptr, late));
  auto others = anchors;
  others.snp_roots.clear();
  others.intel_roots.clear();
  CHECK(told(guest, others, sent, &known) == told(guest, others, sent, nullptr));
}

} // namespace

TEST_SUITE_BEGIN("actors/silicon_memory");

TEST_CASE("what silicon proved once is not proved again, and no result differs for it") {
  snp_guest snp;
  snp.vek = snp.chip.vek();
  check_sameness(snp, 1);
  check_sameness(intel_guest{intel_tee::sgx}, 2);
  check_sameness(intel_guest{intel_tee::tdx}, 2);
}

TEST_CASE("dates and lists count each time, whatever is known") {
  intel_guest guest{intel_tee::tdx};
  guest.platform.lists_until = minted_now + 1h;
  guest.platform.tcb_info.next_update = minted_now + 2h;
  const auto sent = guest.report();
  const auto anchors = guest.anchors();
  counting_shelf known;
  (void)told(guest, anchors, sent, &known);
  CHECK(known.kept == 2);
  for (const auto at : {minted_now + 30min, minted_now + 1h, minted_now + 2h})
    CHECK(told(guest, anchors, sent, &known, at) == told(guest, anchors, sent, nullptr, at));
}

TEST_CASE("what failed is not kept, and what was changed is not known") {
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx}) {
    intel_guest guest{tee};
    const auto anchors = guest.anchors();
    counting_shelf known;
    (void)told(guest, anchors, guest.report(), &known);
    guest.spoil_collateral = [](report::intel_collateral& c) { c.tcb_info.at(30) ^= 1; };
    const auto sent = guest.report();
    CHECK(told(guest, anchors, sent, &known) == told(guest, anchors, sent, nullptr));
    CHECK(known.kept == 2);
    CHECK(known.found == 1); // the platform
  }
}

TEST_SUITE_END();
