#pragma once

#include "actors/key_authority.hpp"
#include "shared/endorsement/enrolment_nonce.hpp"
#include "shared/report/result.hpp"
#include "tests/support/attacks.hpp"
#include "tests/support/minted_machine.hpp"
#include "tests/support/minted_request.hpp"
#include "tests/support/minted_tls_key.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troth::testing {

/// A good machine, named `machine` by its AK's certificate, that has a TLS key certified; and who
/// certifies it. A test spoils one thing.
struct enrolling_machine {
  machine from;
  minted_tls_key tls;
  request_content wants; ///< In the CSR.
  identity ca = mint_root(ca_content("TLS keys"));
  temporary_folder folder;
  std::vector<std::string> hosts{"{machine}"};
  std::vector<std::string> addresses;
  appraisal::wanted_verdict wanted = appraisal::wanted_verdict::success;
  bool takes_software_keys = true;
  std::size_t max_challenges = 8;
  time_point now = minted_now;
  std::uint8_t drawn = 0; ///< The last random byte.

  actors::key_authority make_authority() {
    actors::key_rules rules{minted(endorsement::key_names::make(hosts, addresses))};
    rules.wanted = wanted;
    rules.takes_software_keys = takes_software_keys;
    rules.max_challenges = max_challenges;
    return {{{ca.certificate}, ca.key, {from.ak_ca.certificate}},
            rules,
            actors::issued_keys{folder.path() / "issued"},
            {[this] { return now; },
             [this](std::size_t n) { return result<bytes>{bytes(n, ++drawn)}; }}};
  }

  /// Makes what the machine sends when its nonce is that of a challenge and its key.
  protocol::key_enrol_request answer(const protocol::challenge& to) {
    from.nonce = endorsement::enrolment_nonce(protocol::to_bytes(to.nonce), tls.key.public_half());
    const auto report = from.report();
    const auto statement = tls.certified(from.nonce, from.ak.key);
    protocol::key_enrol_request out;
    out.challenge_id = to.id;
    out.csr = protocol::to_blob(mint_request(tls.key, wants));
    out.report = {"application/cbor", protocol::to_blob(report), {}, report.size()};
    out.public_area = protocol::to_blob(statement.public_area);
    out.of = {protocol::to_blob(statement.attest), protocol::to_blob(statement.signature)};
    return out;
  }

  static void keep_in_file(protocol::key_enrol_request& out) {
    out.public_area.clear();
    out.of = {};
  }

  /// What a verifier that trusts the machine's CAs says of a report for a nonce.
  std::string verdict(const protocol::blob& report, const protocol::blob& nonce) {
    from.nonce = protocol::to_bytes(nonce);
    const auto said = appraise(from, protocol::to_bytes(report));
    return to_text(report::write_result(said, report::encoding::json));
  }
};

} // namespace troth::testing
