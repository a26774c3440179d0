#include "shared/base/hex.hpp"
#include "tools/terminal/text.hpp"
#include "tools/testtool/commands.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace troth::testtool {

namespace {

using nlohmann::ordered_json;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::size_t nonce_bytes = 32;

/// How the rounds ended.
struct tally {
  std::size_t success = 0;
  std::size_t warn = 0;
  std::size_t fail = 0;
  std::size_t unanswered = 0;
  terminal::exit_code last_refusal = terminal::good;

  void count(verdict says) {
    ++(says == verdict::success ? success : says == verdict::warn ? warn : fail);
  }

  std::size_t rounds() const { return success + warn + fail + unanswered; }

  terminal::exit_code exit_code() const {
    if (fail != 0)
      return terminal::attestation_failed;
    if (unanswered != 0)
      return last_refusal;
    return warn != 0 ? terminal::warnings : terminal::good;
  }
};

/// Whom to ask for what.
struct parties {
  std::function<result<client::challenge>()> challenge_us; ///< None: the nonce is our own.
  client::gateway attester;
  client::appraiser appraise;
};

result<parties> open_parties(const attest_options& options, const ports& world) {
  auto gateway = world.connect(options.gateway);
  if (!gateway)
    return gateway.error();
  auto attester = gateway;
  if (!options.attester_url.empty()) {
    auto there = options.gateway;
    there.url = options.attester_url;
    attester = world.connect(there);
    if (!attester)
      return attester.error();
  }
  auto appraise = client::open_appraiser(
    options.appraisal, [&] { return gateway; }, world.now);
  if (!appraise)
    return appraise.error();
  parties out{{}, *std::move(attester), *std::move(appraise)};
  if (!options.appraisal.in_process)
    out.challenge_us = gateway->request_challenge;
  return out;
}

result<bytes> run_round(const attest_options& options, const parties& with, const ports& world) {
  client::challenge asked;
  if (with.challenge_us) {
    auto given = with.challenge_us();
    if (!given)
      return given.error();
    asked = *std::move(given);
  } else {
    asked.nonce = world.random(nonce_bytes);
  }
  const auto report = with.attester.request_report({asked.nonce, options.encoding});
  if (!report)
    return report.error();
  client::question put{*report, std::nullopt};
  if (with.challenge_us)
    put.challenge_id = asked.id;
  else
    put.nonce = asked.nonce;
  return with.appraise(put, face_for(options.output.format));
}

/// How one round of several ended.
struct round_report {
  std::size_t number;
  std::string_view outcome;
  std::string_view code; ///< Of an unanswered round.
  std::string why;
  milliseconds took;
};

/// One line; scripts get an object.
void tell(const attest_options& options, const round_report& round, const ports& world) {
  if (options.output.format == output_format::json) {
    ordered_json line{{"round", round.number},
                      {"outcome", round.outcome},
                      {"ms", round.took.count()}};
    if (!round.code.empty())
      line["code"] = round.code;
    if (!round.why.empty())
      line["why"] = round.why;
    world.out << line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  } else {
    world.out << "round " << round.number << "  " << round.outcome << "  " << round.took.count()
              << " ms";
    for (const auto part : {round.code, std::string_view{round.why}})
      if (!part.empty())
        world.out << "  " << terminal::printable(part, terminal::charset::ascii);
  }
  world.out << std::endl; // whoever watches the loop sees each round at once
}

void tell_sum(const attest_options& options, const tally& sum, const ports& world) {
  if (options.output.format == output_format::json) {
    world.out << ordered_json{{"rounds", sum.rounds()},
                              {"success", sum.success},
                              {"warn", sum.warn},
                              {"fail", sum.fail},
                              {"unanswered", sum.unanswered}}
                   .dump()
              << std::endl;
    return;
  }
  world.out << sum.rounds() << " rounds: " << sum.success << " success, " << sum.warn << " warn, "
            << sum.fail << " fail, " << sum.unanswered << " unanswered" << std::endl;
}

} // namespace

terminal::exit_code attest(const attest_options& options, const ports& world) {
  const auto with = open_parties(options, world);
  if (!with) {
    complain(world, with.error());
    return terminal::exit_code_for(with.error().code);
  }
  const auto publish = publisher::open(options.publishing, face_for(options.output.format), world);
  if (!publish) {
    complain(world, publish.error());
    return terminal::exit_code_for(publish.error().code);
  }
  tally sum;
  for (std::size_t round = 1; round <= options.count; ++round) {
    if (round != 1)
      world.sleep(options.interval);
    const auto started = world.now();
    const auto result = run_round(options, *with, world);
    const auto took = duration_cast<milliseconds>(world.now() - started);
    const auto shown = result ? present(*result, options.output) : error{result.error()};
    if (shown) {
      (*publish)->submit(*result);
      sum.count(shown->says);
      if (options.count == 1)
        world.out << shown->text;
      else
        tell(options, {round, name(shown->says), {}, terminal::joined(shown->failed_rules), took},
             world);
      continue;
    }
    ++sum.unanswered;
    sum.last_refusal = exit_code_for_refusal(shown.error().code);
    if (options.count == 1)
      complain(world, shown.error());
    else
      tell(options, {round, "unanswered", name(shown.error().code), shown.error().where, took},
           world);
  }
  if (options.count != 1)
    tell_sum(options, sum, world);
  return published(**publish, sum.exit_code());
}

} // namespace troth::testtool
