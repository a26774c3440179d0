#pragma once

#include "shared/appraisal/references.hpp"
#include "shared/appraisal/silicon_memory.hpp"
#include "shared/appraisal/vendor_statements.hpp"
#include "shared/crypto/authentic.hpp"
#include "shared/report/report.hpp"

#include <span>
#include <string_view>

namespace troth::appraisal {

struct azure_machine;

/// What the appraisal of one evidence needs beside it.
struct evidence_inputs {
  const report::evidence& evidence;
  const crypto::hashed<report::context>& context; ///< Whose digest the evidence must answer. It has
                                                  ///< one collateral of the evidence's type.
  std::span<const reference> references;          ///< Of this trust anchor.
  std::span<const codec::free_object* const> container_rules = {}; ///< SW: beside them; null: none.
  vendor_statements* statements = nullptr; ///< Beside what came along; null: there are none.
  silicon_memory* known = nullptr;         ///< Of silicon; null: all work is done.
  azure_machine* azure = nullptr;          ///< Whose evidence it is; null: not of an Azure machine.
};

/// Returns the first collateral for evidence of that type, or null.
const report::collateral* find_collateral(const report::context& context, std::string_view type);

} // namespace troth::appraisal
