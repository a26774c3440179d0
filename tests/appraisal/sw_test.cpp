#include "shared/appraisal/sw.hpp"

#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "shared/report/report.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>

using namespace troth;

namespace {

using codes = std::set<std::string>;
using evidence::sw::statement;

constexpr signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};

/// Returns the codes of what fails of a software key's evidence, once both were changed.
codes faults(const std::function<void(report::collateral&, const crypto::private_key&)>& collateral,
             const std::function<void(statement&)>& said) {
  const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
  report::context claims;
  auto& own = claims.collaterals.emplace_back();
  own.type = report::sw_evidence;
  own.key = to_bytes(key.public_half().pem());
  collateral(own, key);
  const auto context_bytes = report::write_context(claims, report::encoding::cbor);
  const crypto::hashed context{claims, context_bytes, hash_algorithm::sha256};
  statement what{copy(context.sum().view()), digest{hash_algorithm::sha256}};
  said(what);
  const codec::signer by{es256, {}, [&](byte_view data) { return key.sign(es256, data); }};
  const report::evidence evidence{std::string{report::sw_evidence},
                                  to_bytes(*codec::write_jws(evidence::sw::write_statement(what),
                                                             std::array{by},
                                                             codec::jws_form::flattened)),
                                  {},
                                  {}};
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  appraisal::ledger book{rules};
  appraisal::appraise_sw({evidence, context, {}}, book);
  codes out;
  for (const auto& finding : std::move(book).take())
    if (finding.says == report::outcome::fail)
      out.insert(finding.code);
  return out;
}

const auto as_it_is = [](auto&&...) {};

} // namespace

TEST_SUITE_BEGIN("appraisal/sw");

TEST_CASE("a key in software that signs the context and its log is good") {
  CHECK(faults(as_it_is, as_it_is) == codes{});
}

TEST_CASE("the key may be carried in PEM or in DER, and is the one that signed") {
  CHECK(faults([](auto& out, const auto& key) { out.key = key.public_half().der(); }, as_it_is)
        == codes{});
  CHECK(faults(
          [](auto& out, const auto&) {
            out.key = bytes{0x30, 0x00};
          },
          as_it_is)
        == codes{"malformed"});
  CHECK(faults([](auto& out, const auto&) { out.key.clear(); }, as_it_is).size() == 1);
  CHECK(faults(
          [](auto& out, const auto&) {
            const auto other = *crypto::private_key::generate(crypto::key_kind::p256);
            out.key = to_bytes(other.public_half().pem());
          },
          as_it_is)
        == codes{"bad_signature"});
}

TEST_CASE("what is signed is the hash of the context, and what its log extends to") {
  CHECK(faults(as_it_is, [](statement& said) { said.nonce[0] ^= 1; }) == codes{"sw.nonce"});
  CHECK(faults(as_it_is, [](statement& said) { said.log_aggregate->bytes_mut()[0] ^= 1; })
        == codes{"sw.aggregate"});
  CHECK(faults(as_it_is, [](statement& said) { said.log_aggregate.reset(); })
        == codes{"sw.aggregate"});
}

TEST_SUITE_END();
