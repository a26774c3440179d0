#include "shared/evidence/sgx/quote.hpp"
#include "tests/vectors/intel.hpp"
#include "tests/vectors/kinds.hpp"

namespace troth::testing {

outcome judge_sgx(const vector_case& given) {
  const auto* file = given.file("quote");
  if (file == nullptr)
    return {};
  const auto quote = evidence::sgx::parse_quote(*file);
  if (!quote)
    return {{}, {{"refused", true}}};
  auto out = judge_intel(given, {quote->header, quote->signed_by, quote->signed_bytes,
                                 quote->signature_data_bytes, quote->trailing_bytes, nullptr});
  out.facts["body"] = enclave_facts(quote->body);
  return out;
}

} // namespace troth::testing
