#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "tools/testtool/inspect.hpp"

#include <string>

namespace troth::testtool {

namespace {

using evidence::azure::hardware;

std::string fingerprint(const evidence::azure::runtime_claims& of) {
  const auto key = crypto::public_key::from_rsa(of.ak_modulus, of.ak_exponent);
  if (!key)
    return to_string(key.error());
  return "SHA-256 " + hex(crypto::hash(hash_algorithm::sha256, key->der()).view());
}

} // namespace

result<void> show_hcl_report(terminal::sheet& out, byte_view input) {
  const auto whole = evidence::azure::parse_hcl_report(input);
  if (!whole)
    return whole.error();
  const auto claims = evidence::azure::parse_runtime_data(whole->runtime_data);
  if (!claims)
    return claims.error();
  out.heading("HCL report of a machine on Azure");
  out.row(2, "hardware", claims->on == hardware::snp ? "SEV-SNP" : "TDX");
  out.row(2, "claims",
          "SHA-256 " + hex(crypto::hash(hash_algorithm::sha256, claims->signed_bytes).view()));
  out.row(2, "TPM's key", fingerprint(*claims));
  out.row(2, "user data", hex(claims->user_data));
  if (claims->on == hardware::tdx)
    return {}; // a TDREPORT: it says what its quote does, and only here
  const auto report = evidence::snp::parse_report(whole->hardware_report);
  if (!report)
    return report.error();
  show(out, *report);
  return {};
}

} // namespace troth::testtool
