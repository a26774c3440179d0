// How many SGX and TDX quotes a second one core proves genuine and rates, beside OpenSSL's own
// rate of P-256 verifications in the same run. Prints, and asserts nothing.

#include "shared/crypto/revocation_list.hpp"
#include "shared/device/simulated_intel.hpp"
#include "shared/endorsement/intel_chain.hpp"
#include "shared/endorsement/intel_quote.hpp"
#include "shared/endorsement/intel_tcb.hpp"
#include "tests/bench/rate.hpp"
#include "tests/support/minted.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

namespace {

using namespace troth;
using namespace troth::testing;
using namespace troth::endorsement::intel;
using device::intel_tee;

using bench::rate_of;
using bench::require;

double openssl_rate() {
  using evp = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
  const evp key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free};
  const bytes message(432, 7);
  bytes signature(128);
  auto size = signature.size();
  const context signing{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  EVP_DigestSignInit(signing.get(), nullptr, EVP_sha256(), nullptr, key.get());
  require(EVP_DigestSign(signing.get(), signature.data(), &size, message.data(), message.size())
          == 1);
  return rate_of([&] {
    const context verifying{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    EVP_DigestVerifyInit(verifying.get(), nullptr, EVP_sha256(), nullptr, key.get());
    require(
      EVP_DigestVerify(verifying.get(), signature.data(), size, message.data(), message.size())
      == 1);
  });
}

/// What a verifier keeps of a platform, once it is proved.
struct known_platform {
  crypto::public_key pck;
  pck_extension extension;
  tcb_info info;
  enclave_identity identity;
};

known_platform prove_platform(const evidence::sgx::signature_data& by,
                              const report::intel_collateral& said,
                              const std::vector<crypto::certificate>& roots) {
  const auto chain = minted(parse_pck_chain(by.certification_data));
  const auto path = minted(verify_pck_chain(chain, roots, minted_now));
  const auto signer = minted(crypto::certificate::from_der(said.tcb_info_intermediate_certificate));
  const std::vector signers{signer};
  require(verify_signing_chain(signers, roots, minted_now).has_value());
  const auto info = minted(parse_signed_statement(to_text(said.tcb_info), "tcbInfo"));
  const auto identity
    = minted(parse_signed_statement(to_text(said.qe_identity), "enclaveIdentity"));
  require(verify_statement(info, signer).has_value());
  require(verify_statement(identity, signer).has_value());
  const auto root_list = minted(crypto::revocation_list::from_der(said.root_ca_crl));
  const auto pck_list = minted(crypto::revocation_list::from_der(said.pck_crl));
  const std::array below_root{path[1], signer};
  require(check_revocation(below_root, root_list, path[2], minted_now).has_value());
  require(check_revocation(std::span{path}.first(1), pck_list, path[1], minted_now).has_value());
  return {path[0].key(), minted(pck_extension_of(path[0])), minted(parse_tcb_info(info.body)),
          minted(parse_enclave_identity(identity.body))};
}

void prove_quote(byte_view signed_bytes, const evidence::sgx::signature_data& by,
                 const known_platform& on, const evidence::tdx::td_report* td) {
  require(verify_qe_report(by, on.pck).has_value());
  require(verify_attestation_key(by).has_value());
  require(verify_quote_signature(signed_bytes, by).has_value());
  require(is_of_identity(by.qe_report, on.identity));
  const auto rated = evaluate({on.info, on.identity, on.extension.tcb, by.qe_report.isv_svn, td});
  require(rated.converged == tcb_status::up_to_date);
}

template <class Quote>
void measure(const char* name, byte_view quote, result<Quote> (*parse)(byte_view),
             const device::simulated_platform& platform, double of_openssl) {
  const auto said = minted(platform.collateral());
  const std::vector roots{platform.vendor.root.certificate};
  const auto td_of = [](const Quote& of) -> const evidence::tdx::td_report* {
    if constexpr (std::is_same_v<Quote, evidence::tdx::quote>)
      return &of.body;
    else
      return nullptr;
  };
  const auto known = prove_platform(minted(parse(quote)).signed_by, said, roots);
  const auto cached = rate_of([&] {
    const auto parsed = minted(parse(quote));
    prove_quote(parsed.signed_bytes, parsed.signed_by, known, td_of(parsed));
  });
  const auto whole = rate_of([&] {
    const auto parsed = minted(parse(quote));
    prove_quote(parsed.signed_bytes, parsed.signed_by,
                prove_platform(parsed.signed_by, said, roots), td_of(parsed));
  });
  std::printf("%s quote, platform proved before   %8.0f/s  %.2f of OpenSSL\n", name, cached,
              cached / of_openssl);
  std::printf("%s quote, nothing known before     %8.0f/s  %.2f of OpenSSL\n", name, whole,
              whole / of_openssl);
}

} // namespace

void troth::bench::measure_intel() {
  const auto of_openssl = openssl_rate();
  std::printf("OpenSSL, P-256 alone                %8.0f/s\n", of_openssl);
  const auto sgx
    = minted(device::simulated_platform::make(intel_tee::sgx, minted_from, minted_until));
  measure("SGX", minted(sgx.quote(sgx.good_enclave())), evidence::sgx::parse_quote, sgx,
          of_openssl);
  const auto tdx
    = minted(device::simulated_platform::make(intel_tee::tdx, minted_from, minted_until));
  measure("TDX", minted(tdx.quote(tdx.good_domain())), evidence::tdx::parse_quote, tdx, of_openssl);
}
