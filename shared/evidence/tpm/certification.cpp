#include "shared/evidence/tpm/certification.hpp"

#include "shared/base/reader.hpp"

namespace troth::evidence::tpm {

result<certification> parse_certification(byte_view attest) {
  constexpr std::uint16_t attest_certify = 0x8017; // TPM_ST_ATTEST_CERTIFY
  reader in{attest, "tpm.certification"};
  certification out;
  out.signed_bytes = copy(attest);
  read_attest(in, attest_certify, out);
  out.name = copy(in.sized16be(max_name, "name"));
  out.qualified_name = copy(in.sized16be(max_name, "qualified_name"));
  return in.finish(std::move(out));
}

} // namespace troth::evidence::tpm
