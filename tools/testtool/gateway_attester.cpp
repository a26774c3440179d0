#include "tools/testtool/gateway_attester.hpp"

#include "tools/terminal/text.hpp"
#include "tools/testtool/output.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace troth::testtool {

namespace {

result<atls::appraised> judged(const appraiser& judge, const atls::appraisal_order& asked) {
  auto found = judge({asked.report, asked.nonce, std::nullopt}, report::face::json);
  if (!found)
    return found.error();
  const auto read = present(*found, {output_format::json, {}});
  if (!read)
    return read.error();
  atls::appraised out;
  out.is_trusted = read->says != verdict::fail; // as the reference has it: warnings do not end it
  out.result = *std::move(found);
  out.reason = terminal::joined(read->failed_rules);
  return out;
}

} // namespace

gateway_attester::gateway_attester(client gateway, appraiser judge, report::encoding reports_as)
  : gateway_(std::move(gateway)), judge_(std::move(judge)), reports_as_(reports_as) {
  // nop
}

gateway_attester::~gateway_attester() {
  stop();
}

void gateway_attester::stop() {
  worker_.stop();
  worker_.join();
}

void gateway_attester::find_cached(const std::string&, answer<std::vector<std::string>> then) {
  then(std::vector<std::string>{});
}

void gateway_attester::attest(const bytes& nonce, const std::vector<std::string>&,
                              answer<bytes> then) {
  boost::asio::post(worker_, [this, nonce, then = std::move(then)] {
    then(gateway_.request_report(nonce, reports_as_));
  });
}

void gateway_attester::appraise(const atls::appraisal_order& asked, answer<atls::appraised> then) {
  boost::asio::post(worker_,
                    [this, asked, then = std::move(then)] { then(judged(judge_, asked)); });
}

} // namespace troth::testtool
