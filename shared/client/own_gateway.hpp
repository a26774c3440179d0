#pragma once

#include "shared/attesting/own_machine.hpp"
#include "shared/client/gateway.hpp"

#include <memory>

namespace troth::client {

/// Makes a gateway to a machine in this process: it makes reports. Appraisals are
/// `appraise_in_process`'s: it returns `unsupported` for one.
gateway over_machine(std::shared_ptr<attesting::own_machine> machine);

} // namespace troth::client
