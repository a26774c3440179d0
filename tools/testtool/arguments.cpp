#include "tools/testtool/arguments.hpp"

#include "tools/testtool/own_machine.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

namespace troth::testtool {

namespace {

using std::chrono::milliseconds;
using terminal::add_choice;

constexpr double longest_s = 86'400;
constexpr int most_rounds = 1'000'000'000;

/// Who appraises: this process, or a gateway over one of its APIs.
const std::map<std::string, std::optional<client::api>> apis{{"lib", std::nullopt},
                                                             {"rest", client::api::rest},
                                                             {"socket", client::api::socket},
                                                             {"coap", client::api::coap},
                                                             {"grpc", client::api::grpc}};

const std::map<std::string, output_format> formats{
  {"table", output_format::table},     {"json", output_format::json},
  {"cbor", output_format::cbor},       {"html", output_format::html},
  {"ear-jwt", output_format::ear_jwt}, {"ear-cwt", output_format::ear_cwt}};

const std::map<std::string, publish_form> publish_forms{{"result", publish_form::result},
                                                        {"ocsf", publish_form::ocsf}};

std::string shown(milliseconds time) {
  auto out = std::to_string(std::chrono::duration<double>(time).count());
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.'))
    out.pop_back();
  return out;
}

/// Settles who appraises. The URL says which API; what else was chosen must be the same.
/// @param option that of `chosen`; nothing is chosen where it is not there.
/// @param chosen none: this process.
bool is_in_process(const CLI::Option& option, const std::optional<client::api>& chosen,
                   const std::string& url) {
  const auto is_chosen = option.count() > 0;
  const auto is_here = url.empty() || url.starts_with(own_machine_scheme);
  if (is_chosen ? !chosen : is_here)
    return true;
  if (is_here)
    reject("--api: a gateway's needs a --gateway");
  const auto is = client::api_of(url);
  if (!is)
    reject("--gateway: " + is.error().where);
  if (is_chosen && *is != *chosen)
    reject("--api: the URL of the --gateway is of another");
  return false;
}

} // namespace

const std::map<std::string, report::encoding> encodings{{"json", report::encoding::json},
                                                        {"cbor", report::encoding::cbor}};

void reject(const std::string& why) {
  throw CLI::ValidationError(why, terminal::usage);
}

CLI::Option* add_seconds(CLI::App& line, const std::string& name, milliseconds& into, double least,
                         const std::string& description) {
  auto* const option = line.add_option_function<double>(
    name,
    [&into](double seconds) { into = milliseconds{static_cast<std::int64_t>(seconds * 1000)}; },
    description);
  option->check(CLI::Range(least, longest_s));
  option->check([name](const std::string& text) { // Range lets "nan" pass
    return text.find_first_of("nN") == std::string::npos ? "" : name + ": no number: " + text;
  });
  if (into.count() != 0)
    option->default_str(shown(into));
  return option;
}

CLI::Option* add_count(CLI::App& line, std::size_t& into, const std::string& description) {
  return line.add_option("--count", into, description)->check(CLI::Range(1, most_rounds));
}

CLI::Option* add_hex(CLI::App& line, const std::string& name, std::function<void(bytes)> into,
                     const std::string& description) {
  return line
    .add_option_function<std::string>(
      name, [into = std::move(into)](const std::string& text) { into(*from_hex(text)); },
      description)
    ->check(terminal::is_hex());
}

CLI::Option* add_time(CLI::App& line, const std::string& name, std::function<void(time_point)> into,
                      const std::string& description) {
  return line
    .add_option_function<std::string>(
      name, [into = std::move(into)](const std::string& text) { into(*parse_time(text)); },
      description)
    ->check(terminal::is_time());
}

void add_gateway(CLI::App& line, client::http_options& into, need how) {
  line
    .add_option("--gateway", into.url,
                "URL of the gateway: https, http; grpcs, grpc; coaps, coap; unix, tcp; or "
                "lib:FILE, a description of this machine, which attests without one")
    ->required(how == need::required);
  line.add_option("--ca", into.tls.ca,
                  "PEM: whom to trust with TLS, instead of the system's roots");
  line.add_option("--cert", into.tls.certificate, "PEM: our certificate and its issuers");
  line.add_option("--key", into.tls.key, "PEM: our certificate's key");
  line.add_option("--token-file", into.token_file, "File with a bearer token");
  add_seconds(line, "--timeout", into.timeout, 0.1, "Seconds to wait for one answer");
}

std::function<void()> add_appraisal(CLI::App& line, client::appraisal_options& into,
                                    const std::string& url) {
  into.build = TROTH_VERSION;
  const auto chosen = std::make_shared<std::optional<client::api>>();
  const auto* const option
    = add_choice(line, "--api", *chosen, apis,
                 "Who appraises: this process (lib), or the gateway; what its URL says if absent");
  line.add_option("--roots", into.roots,
                  "PEM: whom to trust, in every role that has no roots of its own");
  line.add_option("--metadata-roots", into.metadata_roots,
                  "PEM: whom to trust with metadata (lib)");
  line.add_option("--ak-roots", into.ak_roots, "PEM: whom to trust with attestation keys (lib)");
  line.add_option("--status-roots", into.status_roots,
                  "PEM: whom to trust with the status of manifests (lib)");
  line.add_option("--policy", into.policy,
                  "Name of a policy, with lib also a file; cmc-compat where --roots are given");
  add_time(
    line, "--time", [&into](time_point when) { into.time = when; },
    "RFC 3339: when certificates and metadata must be valid");
  line.add_option("--script", into.scripts, "JavaScript that judges the result (lib); repeatable");
  line.add_flag("--script-overwrite", into.scripts_may_replace,
                "Let a script put a JSON result of its own in the place of ours");
  line.add_option("--script-helper", into.script_limits.helper, "The executable that runs scripts")
    ->capture_default_str();
  line.add_option("--signing-key", into.signing_key, "PEM: the key that signs a token (lib)");
  line.add_option("--ear-profile", into.ear_profile, "Profile of this token, and so its dialect");
  return [option, &into, &url, chosen] { into.in_process = is_in_process(*option, *chosen, url); };
}

void add_output(CLI::App& line, output_options& into) {
  if (isatty(STDOUT_FILENO) != 0)
    into.table.to = terminal::screen::terminal;
  add_choice(line, "--output", into.format, formats, "table if absent");
  line.add_flag_callback(
    "--verbose", [&into] { into.table.details = amount::everything; }, "List what passed, too");
}

void add_publishing(CLI::App& line, publish_options& into) {
  line.add_option("--publish", into.to.url, "URL that results are sent to: https, http");
  line.add_option("--publish-ca", into.to.tls.ca, "PEM: whom to trust there");
  line.add_option("--publish-cert", into.to.tls.certificate, "PEM: who we are to it");
  line.add_option("--publish-key", into.to.tls.key, "PEM: its key");
  line.add_option("--publish-token-file", into.to.token_file, "File with a bearer token for it");
  line.add_option("--publish-file", into.file, "File that results are added to, a line each");
  add_choice(line, "--publish-as", into.as, publish_forms,
             "result if absent; ocsf: a detection finding for each rule that failed");
}

} // namespace troth::testtool
