#include "shared/client/own_gateway.hpp"

#include <utility>

namespace troth::client {

gateway over_machine(std::shared_ptr<attesting::own_machine> machine) {
  gateway out;
  out.request_report = [machine = std::move(machine)](byte_view nonce,
                                                      report::encoding as) -> result<bytes> {
    const auto wish = attesting::read_wish(copy(nonce),
                                           as == report::encoding::json ? "json" : "cbor", {});
    return wish ? machine->report(*wish) : wish.error();
  };
  out.request_appraisal = [](const appraisal_request&, report::face) -> result<bytes> {
    return error{errc::unsupported, "this machine only attests: appraise in this process"};
  };
  return out;
}

} // namespace troth::client
