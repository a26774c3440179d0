#include "shared/client/own_gateway.hpp"

#include <utility>

namespace troth::client {

gateway over_machine(std::shared_ptr<attesting::own_machine> machine) {
  gateway out;
  out.request_report = [machine = std::move(machine)](const report_order& asked) -> result<bytes> {
    const auto wish = attesting::read_wish(copy(asked.nonce),
                                           asked.as == report::encoding::json ? "json" : "cbor",
                                           asked.cached);
    return wish ? machine->report(*wish) : wish.error();
  };
  out.request_appraisal = [](const appraisal_request&, report::face) -> result<bytes> {
    return error{errc::unsupported, "this machine only attests: appraise in this process"};
  };
  return out;
}

} // namespace troth::client
