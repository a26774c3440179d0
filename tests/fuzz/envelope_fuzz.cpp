#include "shared/report/cmw.hpp"
#include "shared/report/eat_claims.hpp"
#include "shared/report/envelope.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends with records or an error; a record that was read can be written
// and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::report;
  (void)unwrap_report({data, size}, {});
  for (const auto as : {encoding::json, encoding::cbor}) {
    (void)parse_eat_claims({data, size}, as);
    if (const auto records = parse_cmw({data, size}, as))
      for (const auto& record : *records)
        if (!parse_cmw(write_cmw(record, as), as))
          std::abort();
  }
  return 0;
}
