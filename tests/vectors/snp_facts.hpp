#pragma once

#include "shared/endorsement/snp_vek.hpp"
#include "shared/evidence/snp/report.hpp"
#include "tests/vectors/case.hpp"

#include <string>

namespace troth::testing {

json report_facts(const evidence::snp::attestation_report& of);
json tcb_facts(const evidence::snp::tcb_parts& of);
json extension_facts(const endorsement::vek_extensions& of);

/// Returns `milan` and the like.
std::string product_fact(evidence::snp::product_line line);

} // namespace troth::testing
