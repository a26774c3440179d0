#include "shared/atls/renewal.hpp"
#include "shared/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>

// Whatever a peer sends, in whatever pieces: our demand ends well only where its report was judged,
// and the application gets nothing once it has failed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  if (size == 0)
    return 0;
  const auto attest = static_cast<atls::mode>(data[0] & 3U);
  const auto ours = (data[0] & 4U) != 0 ? atls::side::server : atls::side::client;
  atls::renewal machine{{ours, attest, report::encoding::cbor, 4096}};
  const auto has_demanded = (data[0] & 8U) != 0
                            && machine.demand(bytes(wire::atls::challenge_bytes, 1), {});
  bool has_judged = false;
  const auto step = std::size_t{1} + (data[0] >> 4U) * 16U;
  for (auto rest = byte_view{data, size}.subspan(1); !rest.empty();) {
    const auto part = rest.first(std::min(step, rest.size()));
    machine.take(part);
    rest = rest.subspan(part.size());
    if (machine.take_report_wish()) {
      require(is_attested(ours, attest));
      machine.give_report(to_bytes("report"));
    }
    if (machine.take_verdict_wish()) {
      machine.give_verdict({});
      has_judged = true;
    }
    require(!machine.has_failed() || machine.take_data().empty());
    (void)machine.take_outgoing();
  }
  require(!has_demanded || machine.is_demanding() || has_judged);
  return 0;
}
