#include "shared/endorsement/intel_pck.hpp"
#include "shared/endorsement/intel_pck_identity.hpp"
#include "shared/endorsement/intel_tcb_info.hpp"

// Whatever the bytes, parsing ends, in bounds, with a value or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::endorsement::intel;
  const troth::byte_view input{data, size};
  const auto text = troth::to_text(input);
  (void)parse_pck_extension(input);
  (void)parse_pck_chain(input);
  troth::evidence::sgx::signature_data by;
  by.certification_data = troth::copy(input);
  using enum troth::evidence::sgx::certification_type;
  for (const auto type : {ppid_plain, ppid_rsa2048, ppid_rsa3072}) {
    by.type = type;
    (void)pck_identity_of({}, by);
  }
  for (const auto* name : {"tcbInfo", "enclaveIdentity"})
    (void)parse_signed_statement(text, name);
  (void)parse_tcb_info(text);
  (void)parse_enclave_identity(text);
  return 0;
}
