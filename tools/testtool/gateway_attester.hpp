#pragma once

#include "shared/atls/attester.hpp"
#include "shared/report/report.hpp"
#include "tools/testtool/appraiser.hpp"
#include "tools/testtool/client.hpp"

#include <boost/asio/thread_pool.hpp>

#include <string>
#include <vector>

namespace troth::testtool {

/// Has a gateway make our reports, and whoever `judge` asks judge those of peers, one thing after
/// the other in a thread of its own.
class gateway_attester final : public atls::attester {
public:
  gateway_attester(client gateway, appraiser judge, report::encoding reports_as);
  ~gateway_attester() override;

  /// Waits for what is under way, and begins nothing more.
  void stop();

  /// Answers that nothing is here: these APIs are not asked.
  void find_cached(const std::string& peer, answer<std::vector<std::string>> then) override;
  void attest(const bytes& nonce, const std::vector<std::string>& cached,
              answer<bytes> then) override;
  void appraise(const atls::appraisal_order& asked, answer<atls::appraised> then) override;

private:
  const client gateway_;
  const appraiser judge_;
  const report::encoding reports_as_;
  boost::asio::thread_pool worker_{1};
};

} // namespace troth::testtool
