#include "shared/base/base64.hpp"
#include "tools/testtool/arguments.hpp"
#include "tools/testtool/inspect.hpp"
#include "tools/testtool/token.hpp"

#include <memory>

// The command lines of what is done with reports and results.

namespace troth::testtool {

namespace {

using terminal::add_choice;

void add_generate(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("generate", "Write a report that answers a nonce");
  const auto options = std::make_shared<generate_options>();
  add_gateway(line, options->gateway, need::required);
  add_hex(
    line, "--nonce", [options](bytes nonce) { options->nonce = std::move(nonce); },
    "Hex; a challenge is asked for without it");
  line.add_option("--nonce-out", options->nonce_out, "File for the nonce");
  line.add_option("--out", options->out, "File for the report")->required();
  add_choice(line, "--encoding", options->encoding, encodings, "json if absent");
  line.add_flag("--wrap", options->is_wrapped,
                "Write a conceptual message wrapper (RFC 9999) with the report in it");
  into.push_back({&line, [options](const ports& world) { return generate(*options, world); }});
}

void add_verify(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("verify", "Appraise a report");
  const auto options = std::make_shared<verify_options>();
  add_gateway(line, options->gateway, need::optional);
  line.add_option("--report", options->report, "File with the report")->required();
  auto* const answers = line.add_option_group("nonce", "What the report must answer");
  add_hex(
    *answers, "--nonce", [options](bytes nonce) { options->nonce = std::move(nonce); }, "Hex");
  answers->add_option("--nonce-file", options->nonce_file, "File with the nonce's bytes");
  answers->add_option("--challenge", options->challenge_id, "Id of a gateway's challenge (REST)");
  answers->require_option(1);
  const auto settle = add_appraisal(line, options->appraisal, options->gateway.url);
  add_output(line, options->output);
  add_publishing(line, options->publishing);
  line.callback([options, settle] {
    settle();
    if (options->challenge_id && options->appraisal.in_process)
      reject("--challenge works with a gateway only");
    options->publishing.to.timeout = options->gateway.timeout;
    check_publishing(options->publishing, options->output);
  });
  into.push_back({&line, [options](const ports& world) { return verify(*options, world); }});
}

void add_attest(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("attest", "Challenge, report and appraisal in one");
  const auto options = std::make_shared<attest_options>();
  add_gateway(line, options->gateway, need::required);
  line.add_option("--attester", options->attester_url,
                  "URL of the attested machine's gateway, if it is another");
  auto* const count = add_count(line, options->count, "How many rounds");
  add_seconds(line, "--interval", options->interval, 0, "Seconds between rounds")->needs(count);
  add_choice(line, "--encoding", options->encoding, encodings, "Of the report; cbor if absent");
  const auto settle = add_appraisal(line, options->appraisal, options->gateway.url);
  add_output(line, options->output);
  add_publishing(line, options->publishing);
  line.callback([options, settle] {
    settle();
    if (options->count > 1 && options->output.format != output_format::table
        && options->output.format != output_format::json)
      reject("several rounds are told as a table or as json");
    options->publishing.to.timeout = options->gateway.timeout;
    check_publishing(options->publishing, options->output);
  });
  into.push_back({&line, [options](const ports& world) { return attest(*options, world); }});
}

void add_inspect(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("inspect", "Show evidence readably, unverified");
  const auto file = std::make_shared<std::filesystem::path>();
  line
    .add_option("FILE", *file,
                "SNP report, table of certificates, SGX or TDX quote, Azure's HCL report, TCB "
                "info, enclave identity, certificate, CRL")
    ->required();
  into.push_back({&line, [file](const ports& world) { return inspect_file(*file, world); }});
}

void add_token(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("token", "Read a result token as a relying party does");
  const auto options = std::make_shared<token_options>();
  line.add_option("--token", options->token, "File with a JWT or a CWT")->required();
  line.add_option("--keys", options->keys, "JWK set: whom to trust")->required();
  auto& expected = options->expected;
  expected.profiles = {std::string{report::ietf_profile}, std::string{report::veraison_profile}};
  line.add_option("--profile", expected.profiles, "Profiles to take; repeatable")
    ->capture_default_str();
  add_hex(
    line, "--nonce", [options](const bytes& nonce) { options->expected.nonce = base64url(nonce); },
    "Hex: what the evidence must have answered");
  line.add_option("--audience", expected.audience, "For whom it must be");
  line.add_option("--issuer", expected.issuer, "Who must have issued it");
  line.add_option("--policy", expected.policy_id, "With which policy it must have been judged");
  add_time(
    line, "--time", [options](time_point when) { options->expected.now = when; },
    "RFC 3339: when it must be valid; now if absent");
  into.push_back({&line, [options](const ports& world) { return read_token(*options, world); }});
}

void add_measure(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("measure", "Measure a container before it is started");
  const auto options = std::make_shared<measure_options>();
  add_gateway(line, options->gateway, need::required);
  line.add_option("--bundle", options->bundle, "Folder with config.json and rootfs")->required();
  line.add_option("--rootfs", options->rootfs, "The file system, if it is elsewhere");
  line.add_option("--id", options->id, "The container's, as its runtime has it")->required();
  line.add_option("--name", options->name, "For people; the id if absent");
  into.push_back({&line, [options](const ports& world) { return measure(*options, world); }});
}

} // namespace

void add_report_commands(CLI::App& program, commands& into) {
  add_generate(program, into);
  add_verify(program, into);
  add_attest(program, into);
  add_inspect(program, into);
  add_token(program, into);
  add_measure(program, into);
}

} // namespace troth::testtool
