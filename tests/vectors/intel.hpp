#pragma once

#include "shared/crypto/certificate.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/evidence/sgx/quote.hpp"
#include "shared/evidence/tdx/td_report.hpp"
#include "tests/vectors/runner.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace troth::testing {

/// What SGX and TDX quotes have in common.
struct intel_quote {
  const evidence::sgx::quote_header& header;
  const evidence::sgx::signature_data& signed_by;
  const bytes& signed_bytes;
  std::size_t signature_data_bytes;
  std::size_t trailing_bytes;
  const evidence::tdx::td_report* td; ///< Null: SGX.
};

/// The PCK certificate of a case and those above it, as they stand there.
struct intel_platform {
  std::vector<crypto::certificate> chain;
  std::optional<endorsement::intel::pck_extension> pck;
  std::optional<crypto::certificate> anchor;

  bool is_whole() const { return chain.size() == 3 && pck; }
};

/// Reads every certificate of a file; the last of an anchor's is meant.
std::vector<crypto::certificate> read_certificates(const bytes* file);

json enclave_facts(const evidence::sgx::enclave_report& of);

/// Adds `collateral` and the verdict's fields of it, if the case has some.
void judge_collateral(const vector_case& given, const intel_quote& quote,
                      const intel_platform& platform, outcome& out);

/// Returns all that does not depend on the kind of body.
outcome judge_intel(const vector_case& given, const intel_quote& quote);

/// Returns the bytes of a number, lowest first, in hex.
std::string little_hex(std::uint64_t value, std::size_t size_bytes);

} // namespace troth::testing
