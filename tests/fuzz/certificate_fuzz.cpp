#include "shared/crypto/certificate.hpp"

// Whatever the bytes, reading and verifying a certificate end, in bounds, and one that does
// not vouch for itself gets no path to another.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto read = crypto::certificate::from_der({data, size});
  if (!read)
    return 0;
  (void)read->subject();
  (void)read->issuer();
  (void)read->subject_common_name();
  (void)read->serial();
  (void)read->not_before();
  (void)read->is_ca();
  (void)read->extended_key_usages();
  (void)read->dns_names();
  (void)read->uris();
  (void)read->ip_addresses();
  (void)read->extensions();
  (void)read->key().der();
  const crypto::chain_requirements now{read->not_before() + std::chrono::hours{1}, {}};
  const std::vector roots{*read};
  (void)crypto::verify_chain(*read, roots, roots, now);
  if (crypto::verify_chain(*read, roots, {}, now))
    __builtin_trap();
  return 0;
}
