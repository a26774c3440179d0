#include "shared/codec/cose_sign1.hpp"
#include "shared/codec/jwt.hpp"
#include "shared/report/ear.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends with a value or an error; claims that were read can be written
// and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  (void)codec::parse_jwt(to_text({data, size}));
  (void)codec::parse_cose_sign1({data, size});
  for (const auto as : {report::encoding::json, report::encoding::cbor})
    if (const auto claims = report::parse_ear_claims({data, size}, as);
        claims && !report::parse_ear_claims(report::write_ear_claims(*claims, as), as))
      std::abort();
  return 0;
}
