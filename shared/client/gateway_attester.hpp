#pragma once

#include "shared/atls/attester.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/client/gateway.hpp"
#include "shared/report/report.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace troth::client {

/// Gives the attestation result on a report, in JSON and whatever it says; or why there is none.
using report_judge = std::function<result<bytes>(const atls::appraisal_order&)>;

/// Has a gateway judge, by the policy that the order's `policies` name; empty: the gateway's own.
/// @note The reference's APIs take no policy's name: `unsupported`.
report_judge judge_at(gateway asked);

/// Reads what an attestation result in JSON comes to.
/// @returns it: trusted for `success` and `warn`, as the reference has it; `malformed` for what is
///          no JSON object.
result<atls::appraised> read_appraised(bytes result);

/// Whether peers are told which of their metadata need not come again.
enum class peer_metadata : std::uint8_t { wanted, kept_at_gateway };

/// Has a gateway make our reports, and `judge` judge those of peers, one thing after the other in a
/// thread of its own.
class gateway_attester final : public atls::attester {
public:
  /// @param reports_as encoding of our reports, where the gateway's API lets us choose.
  /// @param keeps whether it is this gateway that judges, so that peers may leave out metadata that
  ///        it has kept of them.
  gateway_attester(gateway asked, report_judge judge, report::encoding reports_as,
                   peer_metadata keeps = peer_metadata::wanted);
  ~gateway_attester() override;

  /// Waits for what is under way, and begins nothing more: who asks after it is told `unavailable`.
  /// What waited for its turn is not answered any more.
  void stop();

  /// Answers that nothing is there if the gateway does not tell.
  void find_cached(const std::string& peer, answer<std::vector<std::string>> then) override;
  void attest(const bytes& nonce, const std::vector<std::string>& cached,
              answer<bytes> then) override;
  void appraise(const atls::appraisal_order& asked, answer<atls::appraised> then) override;

private:
  const gateway gateway_;
  const report_judge judge_;
  const report::encoding reports_as_;
  const peer_metadata keeps_;
  std::atomic<bool> is_stopped_ = false;
  boost::asio::thread_pool worker_{1};
};

} // namespace troth::client
