#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/report/result.hpp"

namespace troth::appraisal {

/// Appraises the evidence of a software key: it shows that whoever holds the key made this
/// report now, and nothing about the machine. A policy has to accept it by name.
report::measurement_result appraise_sw(const evidence_inputs& in, ledger& book);

} // namespace troth::appraisal
