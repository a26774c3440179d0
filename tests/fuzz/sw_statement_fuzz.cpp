#include "shared/evidence/sw/statement.hpp"

// Whatever the bytes, parsing ends, in bounds; and what was read is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::evidence::sw;
  const auto parsed = parse_statement({data, size});
  if (!parsed)
    return 0;
  const auto again = parse_statement(write_statement(*parsed));
  if (!again || again->nonce != parsed->nonce || again->log_aggregate != parsed->log_aggregate)
    __builtin_trap();
  return 0;
}
