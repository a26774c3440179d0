// How many SNP reports a second one core proves genuine, beside OpenSSL's own rate of P-384
// verifications in the same run. Prints, and asserts nothing.

#include "shared/endorsement/snp_chain.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "tests/bench/rate.hpp"
#include "tests/support/snp_vendor.hpp"

#include <openssl/evp.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace troth;
using namespace troth::testing;

using bench::rate_of;
using bench::require;

struct openssl_key {
  using evp = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  evp key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"), EVP_PKEY_free};
  bytes message = bytes(evidence::snp::signed_size, 7);
  bytes signature = bytes(128);

  openssl_key() {
    const auto context = make_context();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get());
    auto size = signature.size();
    require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size())
            == 1);
    signature.resize(size);
  }

  void verify() const {
    const auto context = make_context();
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get());
    require(EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                             message.size())
            == 1);
  }

private:
  static std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> make_context() {
    return {EVP_MD_CTX_new(), EVP_MD_CTX_free};
  }
};

} // namespace

void troth::bench::measure_snp() {
  const snp_chip chip;
  const auto vek = chip.vek();
  const auto& vendor = chip.vendor();
  const auto report = minted(device::sign_report(chip.report, vek.key));
  const std::vector roots{vendor.ark.certificate};
  const auto prove = [&](const crypto::public_key& key) {
    auto parsed = evidence::snp::parse_report(report);
    require(parsed && endorsement::authenticate_report(*std::move(parsed), key).has_value());
  };
  const openssl_key openssl;
  const auto of_openssl = rate_of([&] { openssl.verify(); });
  const auto cached = rate_of([&] { prove(vek.certificate.key()); });
  const auto whole = rate_of([&] {
    const auto leaf = minted(crypto::certificate::from_der(vek.certificate.der()));
    const auto ask = minted(crypto::certificate::from_der(vendor.ask.certificate.der()));
    require(endorsement::verify_vek_chain(leaf, std::vector{ask}, roots, minted_now).has_value());
    prove(leaf.key());
  });
  std::printf("OpenSSL, P-384 alone                 %8.0f/s\n", of_openssl);
  std::printf("SNP report, chain verified before    %8.0f/s  %.2f of OpenSSL\n", cached,
              cached / of_openssl);
  std::printf("SNP report, chain parsed and verified%8.0f/s  %.2f of OpenSSL\n", whole,
              whole / of_openssl);
}
