#include "shared/device/intel_anchor.hpp"

#include "shared/endorsement/intel_quote.hpp"
#include "shared/files/files.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;
using namespace troth::testing;
using namespace troth::device;

TEST_SUITE_BEGIN("device/intel_anchor");

TEST_CASE("a simulated platform answers any nonce with a quote that holds together") {
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx}) {
    const temporary_folder folder;
    const auto anchor
      = make_intel_anchor(tee, minted(make_simulated_source(folder.path(), tee, minted_now)), {});
    CHECK(anchor->check());
    CHECK_FALSE(*anchor->wanted_certification(device::renewal::when_due));
    const auto beside = anchor->collateral();
    REQUIRE(beside);
    CHECK(beside->artifacts.at(0).events.at(0).intel);
    for (const std::size_t size : {1U, 32U, 64U}) {
      const bytes nonce(size, 0x5a);
      const auto evidence = anchor->evidence(nonce);
      REQUIRE(evidence);
      CHECK(evidence->type == beside->type);
      if (tee != intel_tee::tdx)
        continue;
      const auto quote = minted(evidence::tdx::parse_quote(evidence->body));
      CHECK(std::ranges::equal(nonce, byte_view{quote.body.report_data}.first(size)));
      CHECK(endorsement::intel::verify_quote_signature(quote.signed_bytes, quote.signed_by));
      CHECK(endorsement::intel::verify_attestation_key(quote.signed_by));
    }
    CHECK_FALSE(anchor->evidence({}));
    CHECK_FALSE(anchor->evidence(bytes(65)));
  }
}

TEST_CASE("a recorded platform plays what its folder holds, and says what is not there") {
  const temporary_folder folder;
  const auto anchor = make_intel_anchor(intel_tee::tdx, make_recorded_intel_source(folder.path()),
                                        {});
  const auto missing = anchor->check();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == errc::not_found);
  REQUIRE(files::write(folder.path() / "quote.bin", bytes{1, 2, 3}, files::access::everyone));
  CHECK(anchor->evidence(bytes(32))->body == bytes{1, 2, 3});
  CHECK_FALSE(anchor->collateral());
}

TEST_SUITE_END();
