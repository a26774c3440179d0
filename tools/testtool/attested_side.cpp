#include "tools/testtool/attested_side.hpp"

#include "shared/client/stored_key.hpp"

#include <optional>
#include <ostream>
#include <utility>

namespace troth::testtool {

namespace {

/// Prints what was found of a peer, and keeps what it comes to.
void show(const atls::peer& who, const attested_options& options, const ports& world,
          terminal::exit_code& judged) {
  const auto shown = present(who.verdict.result, options.output);
  if (!shown)
    return complain(world, shown.error());
  judged = exit_code_for(shown->says);
  world.out << shown->text << std::flush;
}

/// Makes what the connections share, with a key in files or at the gateway.
result<atls::tls_context> open_tls(atls::side ours, const attested_options& options,
                                   const ports& world) {
  auto tls = options.tls;
  const auto tell = [&world](const error& why) { complain(world, why); };
  if (!options.tls_key_id.empty()) {
    const auto gateway = world.connect(options.gateway);
    if (!gateway)
      return gateway.error();
    auto used = client::use_key_of(gateway->keys, options.tls_key_id, tell);
    if (!used)
      return used.error();
    tls.adjust = *std::move(used);
  } else if (!options.tls_provider.empty()) {
    auto used = client::use_stored_key(tls.certificate, tls.key, options.tls_provider, tell);
    if (!used)
      return used.error();
    tls.adjust = *std::move(used);
    tls.certificate.clear(); // it shows them itself
  }
  return atls::make_context(ours, tls);
}

} // namespace

result<attested_side> open_side(atls::side ours, const attested_options& options,
                                const ports& world) {
  auto tls = open_tls(ours, options, world);
  if (!tls)
    return tls.error();
  attested_side out{
    *std::move(tls), nullptr, {}, std::make_shared<terminal::exit_code>(terminal::good), nullptr};
  auto results = publisher::open(options.publishing, report::face::json, world);
  if (!results)
    return results.error();
  out.results = *std::move(results);
  out.with.attest = options.attest;
  out.with.encode_as = options.encoding;
  out.with.deadline = options.gateway.timeout;
  out.with.renewal = options.renewal;
  out.with.signer = options.signer;
  if (options.attest == atls::mode::none)
    return out;
  auto gateway = world.connect(options.gateway);
  if (!gateway)
    return gateway.error();
  auto judge = client::open_appraiser(
    options.appraisal, [&] { return gateway; }, world.now);
  if (!judge)
    return judge.error();
  out.attester = std::make_shared<client::gateway_attester>(
    *std::move(gateway), client::judge_by(*std::move(judge)), options.encoding,
    options.appraisal.in_process ? client::peer_metadata::wanted
                                 : client::peer_metadata::kept_at_gateway);
  out.with.with = out.attester;
  out.with.on_verdict = [judged = out.judged, results = out.results, options,
                         &world](const atls::peer& who) {
    show(who, options, world, *judged);
    results->submit(who.verdict.result);
  };
  return out;
}

terminal::exit_code exit_code_for_peer(errc why, terminal::exit_code judged) {
  switch (why) {
  case errc::untrusted: // its report, else its certificate
    return judged == terminal::attestation_failed ? judged : terminal::authentication;
  case errc::unauthenticated: // we, at our gateway
  case errc::conflict:        // our options with each other
  case errc::not_found:       // what we named: a policy
    return terminal::exit_code_for(why);
  default:
    return blames_input(why) ? terminal::attestation_failed : terminal::exit_code_for(why);
  }
}

} // namespace troth::testtool
