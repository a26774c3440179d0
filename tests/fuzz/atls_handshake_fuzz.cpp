#include "shared/atls/handshake.hpp"
#include "shared/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>

// Whatever a peer sends and in whatever order the answers come, the handshake ends in agreement
// only where the peer's report was judged and it had ours.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  if (size == 0)
    return 0;
  const auto attest = static_cast<atls::mode>(data[0] & 3U);
  const auto ours = (data[0] & 4U) != 0 ? atls::side::server : atls::side::client;
  atls::handshake machine{{ours, attest, report::encoding::cbor, 4096}, {}};
  bool has_reported = false;
  bool has_judged = false;
  for (auto rest = byte_view{data, size}.subspan(1); rest.size() > 1 && machine.wants_message();) {
    const auto length = std::min<std::size_t>(rest[0], rest.size() - 1);
    machine.take(rest.subspan(1, length));
    rest = rest.subspan(1 + length);
    if (machine.take_report_wish() && (data[0] & 8U) == 0) {
      machine.give_report(to_bytes("report"));
      has_reported = true;
    }
    if (machine.take_verdict_wish() && (data[0] & 16U) == 0) {
      machine.give_verdict({});
      has_judged = true;
    }
    (void)machine.take_outgoing();
  }
  if (machine.is_over() && machine.outcome()) {
    require(has_reported || !is_attested(ours, attest));
    require(has_judged || !is_attested(opposite(ours), attest));
  }
  return 0;
}
