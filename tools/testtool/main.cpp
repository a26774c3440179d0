// troth-testtool: asks gateways for challenges, reports and appraisals, and appraises reports
// itself. Reads its command line; commands.hpp does the rest.

#include "shared/base/base64.hpp"
#include "shared/base/text.hpp"
#include "shared/files/files.hpp"
#include "tools/terminal/options.hpp"
#include "tools/terminal/pages.hpp"
#include "tools/testtool/commands.hpp"
#include "tools/testtool/inspect.hpp"
#include "tools/testtool/token.hpp"

#include <CLI/CLI.hpp>
#include <sys/random.h>

#include <iostream>
#include <map>
#include <thread>
#include <unistd.h>

namespace {

using namespace troth;
using namespace troth::testtool;
using terminal::add_choice;

constexpr std::size_t max_nonce = 4096; // of a file: policies allow less
constexpr std::size_t max_inspected = std::size_t{4} * 1024 * 1024;

/// The command line as it was written.
struct arguments {
  std::optional<client::api> chosen_api; ///< Nothing: `lib`, if the option is there.
  std::string nonce;
  std::string nonce_file;
  std::string file;
  std::string challenge;
  std::string time;
  double timeout_s = 30;
  double interval_s = 0;
  double renew_every_s = 0;
  double patience_s = 60;
  std::string behind;
  bool verbose = false;
};

const std::map<std::string, report::encoding> encodings{{"json", report::encoding::json},
                                                        {"cbor", report::encoding::cbor}};
const std::map<std::string, output_format> formats{
  {"table", output_format::table},     {"json", output_format::json},
  {"cbor", output_format::cbor},       {"html", output_format::html},
  {"ear-jwt", output_format::ear_jwt}, {"ear-cwt", output_format::ear_cwt}};
/// Who appraises: this process, or a gateway over one of its APIs.
const std::map<std::string, std::optional<client::api>> apis{{"lib", std::nullopt},
                                                             {"rest", client::api::rest},
                                                             {"socket", client::api::socket},
                                                             {"coap", client::api::coap},
                                                             {"grpc", client::api::grpc}};

const std::map<std::string, atls::mode> modes{{"mutual", atls::mode::mutual},
                                              {"client", atls::mode::client},
                                              {"server", atls::mode::server},
                                              {"none", atls::mode::none}};

void add_gateway(CLI::App& app, client::http_options& into, arguments& written, bool is_required) {
  auto* const url = app.add_option(
    "--gateway", into.url, "URL of the gateway: https, http; grpcs, grpc; coaps, coap; unix, tcp");
  if (is_required)
    url->required();
  app.add_option("--ca", into.tls.ca, "PEM: whom to trust with TLS, instead of the system's roots");
  app.add_option("--cert", into.tls.certificate, "PEM: our certificate and its issuers");
  app.add_option("--key", into.tls.key, "PEM: our certificate's key");
  app.add_option("--token-file", into.token_file, "File with a bearer token");
  app.add_option("--timeout", written.timeout_s, "Seconds to wait for one answer")
    ->check(CLI::Range(0.1, 3600.0))
    ->capture_default_str();
}

void add_appraisal(CLI::App& app, client::appraisal_options& into, arguments& written) {
  add_choice(app, "--api", written.chosen_api, apis,
             "Who appraises: this process (lib), or the gateway; what its URL says if absent");
  app.add_option("--roots", into.roots,
                 "PEM: whom to trust, in every role that has no roots of its own");
  app.add_option("--metadata-roots", into.metadata_roots, "PEM: whom to trust with metadata (lib)");
  app.add_option("--ak-roots", into.ak_roots, "PEM: whom to trust with attestation keys (lib)");
  app.add_option("--status-roots", into.status_roots,
                 "PEM: whom to trust with the status of manifests (lib)");
  app.add_option("--policy", into.policy,
                 "Name of a policy, with lib also a file; cmc-compat where --roots are given");
  app.add_option("--time", written.time, "RFC 3339: when certificates and metadata must be valid")
    ->check(terminal::is_time());
  app.add_option("--script", into.scripts, "JavaScript that judges the result (lib); repeatable");
  app.add_flag("--script-overwrite", into.scripts_may_replace,
               "Let a script put a JSON result of its own in the place of ours");
  app.add_option("--script-helper", into.script_limits.helper, "The executable that runs scripts")
    ->capture_default_str();
  app.add_option("--signing-key", into.signing_key, "PEM: the key that signs a token (lib)");
  app.add_option("--ear-profile", into.ear_profile, "Profile of this token, and so its dialect");
}

void add_token(CLI::App& app, token_options& into, arguments& written) {
  app.add_option("--token", into.token, "File with a JWT or a CWT")->required();
  app.add_option("--keys", into.keys, "JWK set: whom to trust")->required();
  into.expected.profiles = {std::string{report::ietf_profile},
                            std::string{report::veraison_profile}};
  app.add_option("--profile", into.expected.profiles, "Profiles to take; repeatable")
    ->capture_default_str();
  app.add_option("--nonce", written.nonce, "Hex: what the evidence must have answered")
    ->check(terminal::is_hex());
  app.add_option("--audience", into.expected.audience, "For whom it must be");
  app.add_option("--issuer", into.expected.issuer, "Who must have issued it");
  app.add_option("--policy", into.expected.policy_id, "With which policy it must have been judged");
  app.add_option("--time", written.time, "RFC 3339: when it must be valid; now if absent")
    ->check(terminal::is_time());
}

/// Splits `HOST:PORT`, where an IPv6 address is in brackets.
CLI::Validator is_address(atls::address& into) {
  return {[&into](const std::string& text) -> std::string {
            const auto parts = split_host_and_port(text);
            if (!parts || text.starts_with(':') || parts->port.empty())
              return "not HOST:PORT: " + text;
            into = {std::string{parts->host}, std::string{parts->port}};
            return {};
          },
          ""};
}

const std::map<std::string, atls::renewing> renewals{{"never", atls::renewing::never},
                                                     {"offered", atls::renewing::offered},
                                                     {"demanded", atls::renewing::demanded}};

void add_address(CLI::App& app, attested_options& into, arguments& written) {
  app.add_option("ADDRESS", written.file, "HOST:PORT")->required()->check(is_address(into.address));
}

void add_output(CLI::App& app, output_options& into, arguments& written) {
  add_choice(app, "--output", into.format, formats, "table if absent");
  app.add_flag("--verbose", written.verbose, "List what passed, too");
}

void add_attested(CLI::App& app, attested_options& into, arguments& written) {
  add_gateway(app, into.gateway, written, false);
  add_choice(app, "--mode", into.attest, modes, "Who proves itself; mutual if absent");
  app.add_option("--tls-roots", into.tls.roots, "PEM: whom the peer's TLS certificate chains to")
    ->required();
  app.add_option("--tls-cert", into.tls.certificate, "PEM: our TLS certificate and its issuers");
  app.add_option("--tls-key", into.tls.key, "PEM: its key");
  add_choice(app, "--encoding", into.encoding, encodings, "Of what we send; cbor if absent");
  app.add_option("--signer", into.signer,
                 "Whose key must sign the peer's evidence: a name in its certificate");
  add_choice(app, "--renew", into.renewal.is, renewals,
             "Whether both may have to attest again; never if absent");
  app
    .add_option("--renew-every", written.renew_every_s,
                "Seconds after which the peer must, again and again")
    ->check(CLI::Range(0.1, 86400.0));
  add_appraisal(app, into.appraisal, written);
  add_output(app, into.output, written);
}

void add_service(CLI::App& app, proxy_options& into, arguments& written) {
  add_attested(app, into.side, written);
  add_address(app, into.side, written);
  app
    .add_option("--patience", written.patience_s,
                "Seconds to wait for a next request, and for each next part of one")
    ->check(CLI::Range(0.1, 86400.0))
    ->capture_default_str();
}

/// Throws what CLI11 does for what cannot be read.
[[noreturn]] void reject(const std::string& why) {
  throw CLI::ValidationError(why, terminal::usage);
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

bytes random_bytes(std::size_t size) {
  bytes out(size);
  if (getrandom(out.data(), out.size(), 0) != static_cast<ssize_t>(size))
    throw std::runtime_error{"getrandom"};
  return out;
}

ports real_world() {
  return {std::cout,
          std::cerr,
          [] { return std::chrono::system_clock::now(); },
          [](auto interval) { std::this_thread::sleep_for(interval); },
          random_bytes,
          client::open_gateway};
}

void finish(output_options& into, const arguments& written) {
  if (isatty(STDOUT_FILENO) != 0)
    into.table.to = terminal::screen::terminal;
  if (written.verbose)
    into.table.details = amount::everything;
}

/// The commands and what their command lines say.
class program {
public:
  program() {
    app_.set_version_flag("--version", "troth-testtool " TROTH_VERSION);
    terminal::add_pages(app_, TROTH_VERSION);
    app_.require_subcommand(1);
    app_.footer("Exits with 0: passed, 1: failed, 2: wrong usage, 3: passed with warnings,\n"
                "4: file or network, 5: authentication, 6: malfunction.");
    add_gateway(*generate_, generating_.gateway, written_, true);
    generate_->add_option("--nonce", written_.nonce, "Hex; a challenge is asked for without it")
      ->check(terminal::is_hex());
    generate_->add_option("--nonce-out", generating_.nonce_out, "File for the nonce");
    generate_->add_option("--out", generating_.out, "File for the report")->required();
    add_choice(*generate_, "--encoding", generating_.encoding, encodings, "json if absent");

    generate_->add_flag("--wrap", generating_.is_wrapped,
                        "Write a conceptual message wrapper (RFC 9999) with the report in it");

    add_gateway(*verify_, verifying_.gateway, written_, false);
    verify_->add_option("--report", verifying_.report, "File with the report")->required();
    auto* const answers = verify_->add_option_group("nonce", "What the report must answer");
    answers->add_option("--nonce", written_.nonce, "Hex")->check(terminal::is_hex());
    answers->add_option("--nonce-file", written_.nonce_file, "File with the nonce's bytes");
    answers->add_option("--challenge", written_.challenge, "Id of a gateway's challenge (REST)");
    answers->require_option(1);
    add_appraisal(*verify_, verifying_.appraisal, written_);
    add_output(*verify_, verifying_.output, written_);

    add_gateway(*attest_, attesting_.gateway, written_, true);
    attest_->add_option("--attester", attesting_.attester_url,
                        "URL of the attested machine's gateway, if it is another");
    attest_->add_option("--count", attesting_.count, "How many rounds")->check(CLI::PositiveNumber);
    attest_->add_option("--interval", written_.interval_s, "Seconds between rounds")
      ->check(CLI::Range(0.0, 86400.0));
    add_choice(*attest_, "--encoding", attesting_.encoding, encodings,
               "Of the report; cbor if absent");
    add_appraisal(*attest_, attesting_.appraisal, written_);
    add_output(*attest_, attesting_.output, written_);

    add_attested(*dial_, dialling_, written_);
    add_address(*dial_, dialling_, written_);
    dial_->add_option("--send", dialling_.line, "A line to send; the answer is printed");
    add_attested(*listen_, listening_, written_);
    add_address(*listen_, listening_, written_);
    listen_->add_option("--count", listening_.count, "How many connections; without end if absent")
      ->check(CLI::PositiveNumber);
    add_anonymous(*listen_, listening_);
    add_service(*proxy_, forwarding_, written_);
    add_service(*serve_, reversing_, written_);
    add_anonymous(*serve_, reversing_.side);
    serve_->add_option("--to", written_.behind, "HOST:PORT of who answers, in plain HTTP")
      ->required()
      ->check(is_address(reversing_.behind));
    add_attested(*request_, requesting_.side, written_);
    request_->add_option("URL", requesting_.url, "https://HOST[:PORT]/PATH")->required();
    request_->add_option("--method", requesting_.method, "GET, POST, ...")->capture_default_str();
    request_->add_option("--data", requesting_.body, "The body");
    request_->add_option("--header", requesting_.fields, "NAME: VALUE; repeatable");
    request_->add_option("--count", requesting_.count, "How often, over one connection")
      ->check(CLI::PositiveNumber);

    inspect_
      ->add_option("FILE", written_.file,
                   "SNP report, table of certificates, SGX or TDX quote, Azure's HCL report, TCB "
                   "info, enclave identity, certificate, CRL")
      ->required();
    add_token(*token_, reading_, written_);

    add_gateway(*measure_, measuring_.gateway, written_, true);
    measure_->add_option("--bundle", measuring_.bundle, "Folder with config.json and rootfs")
      ->required();
    measure_->add_option("--rootfs", measuring_.rootfs, "The file system, if it is elsewhere");
    measure_->add_option("--id", measuring_.id, "The container's, as its runtime has it")
      ->required();
    measure_->add_option("--name", measuring_.name, "For people; the id if absent");
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
      read();
    } catch (const CLI::ParseError& why) { // --help and --version too
      return app_.exit(why) == 0 ? terminal::good : terminal::usage;
    }
    const auto world = real_world();
    if (token_->parsed())
      return read_token(reading_, world);
    if (generate_->parsed())
      return generate(generating_, world);
    if (inspect_->parsed())
      return inspect_file(world);
    if (measure_->parsed())
      return measure(measuring_, world);
    if (verify_->parsed())
      return verify_file(world);
    if (dial_->parsed())
      return dial(dialling_, world);
    if (listen_->parsed())
      return listen(listening_, world);
    if (proxy_->parsed())
      return proxy(forwarding_, world);
    if (serve_->parsed())
      return serve(reversing_, world);
    if (request_->parsed())
      return request(requesting_, world);
    return attest(attesting_, world);
  }

private:
  static void add_anonymous(CLI::App& app, attested_options& into) {
    app.add_flag(
      "--anonymous-clients", [&](std::int64_t) { into.tls.demands_certificate = false; },
      "Take clients without a TLS certificate");
  }

  /// What CLI11 does not read itself.
  void read() {
    for (auto* gateway :
         {&generating_.gateway, &verifying_.gateway, &attesting_.gateway, &measuring_.gateway})
      gateway->timeout = milliseconds_of(written_.timeout_s);
    forwarding_.patience = reversing_.patience = milliseconds_of(written_.patience_s);
    if (!written_.nonce.empty())
      generating_.nonce = verifying_.nonce = *from_hex(written_.nonce);
    if (verifying_.nonce)
      reading_.expected.nonce = base64url(*verifying_.nonce);
    verifying_.appraisal.build = attesting_.appraisal.build = TROTH_VERSION;
    if (!written_.challenge.empty())
      verifying_.challenge_id = written_.challenge;
    if (!written_.time.empty())
      verifying_.appraisal.time = attesting_.appraisal.time = reading_.expected.now
        = *parse_time(written_.time);
    attesting_.interval = milliseconds_of(written_.interval_s);
    finish(verifying_.output, written_);
    finish(attesting_.output, written_);
    settle(*dial_, dialling_);
    settle(*listen_, listening_);
    settle(*proxy_, forwarding_.side);
    settle(*serve_, reversing_.side);
    settle(*request_, requesting_.side);
    if (verify_->parsed())
      verifying_.appraisal.in_process = is_in_process(*verify_, verifying_.gateway.url);
    if (attest_->parsed())
      attesting_.appraisal.in_process = is_in_process(*attest_, attesting_.gateway.url);
    if (verifying_.challenge_id && verifying_.appraisal.in_process)
      reject("--challenge works with a gateway only");
    if (attesting_.count > 1 && attesting_.output.format != output_format::table
        && attesting_.output.format != output_format::json)
      reject("several rounds are told as a table or as json");
  }

  void settle(CLI::App& command, attested_options& into) {
    finish(into.output, written_);
    into.gateway.timeout = milliseconds_of(written_.timeout_s);
    into.appraisal.build = TROTH_VERSION;
    into.appraisal.time = attesting_.appraisal.time;
    into.renewal.every = milliseconds_of(written_.renew_every_s);
    into.renewal.deadline = into.gateway.timeout;
    if (into.renewal.every.count() > 0 && into.renewal.is == atls::renewing::never)
      into.renewal.is = atls::renewing::demanded;
    if (!command.parsed() || into.attest == atls::mode::none)
      return;
    if (into.output.format != output_format::table && into.output.format != output_format::json)
      reject("a peer is told as a table or as json");
    if (into.gateway.url.empty())
      reject("--gateway: it makes our reports, and judges those of peers");
    into.appraisal.in_process = is_in_process(command, into.gateway.url);
  }

  /// Settles who appraises. The URL says which API; what else the option says must be the same.
  bool is_in_process(CLI::App& command, const std::string& url) const {
    const auto is_chosen = command.get_option("--api")->count() > 0;
    if (is_chosen ? !written_.chosen_api : url.empty())
      return true;
    if (url.empty())
      reject("--api: a gateway's needs a --gateway");
    const auto is = client::api_of(url);
    if (!is)
      reject("--gateway: " + is.error().where);
    if (is_chosen && *is != *written_.chosen_api)
      reject("--api: the URL of the --gateway is of another");
    return false;
  }

  int verify_file(const ports& world) {
    if (!written_.nonce_file.empty()) {
      auto nonce = files::read(written_.nonce_file, max_nonce);
      if (!nonce) {
        complain(world, nonce.error());
        return terminal::exit_code_for(nonce.error().code);
      }
      verifying_.nonce = *std::move(nonce);
    }
    return verify(verifying_, world);
  }

  terminal::exit_code inspect_file(const ports& world) const {
    const auto content = files::read(written_.file, max_inspected);
    const auto shown = content ? inspect(*content, {attesting_.output.table.to})
                               : result<std::string>{content.error()};
    if (!shown) {
      complain(world, shown.error());
      return terminal::exit_code_for(shown.error().code);
    }
    std::cout << *shown;
    return terminal::good;
  }

  CLI::App app_{"Attests machines and appraises their reports.", "troth-testtool"};
  CLI::App* generate_ = app_.add_subcommand("generate", "Write a report that answers a nonce");
  CLI::App* verify_ = app_.add_subcommand("verify", "Appraise a report");
  CLI::App* attest_ = app_.add_subcommand("attest", "Challenge, report and appraisal in one");
  CLI::App* inspect_ = app_.add_subcommand("inspect", "Show evidence readably, unverified");
  CLI::App* token_ = app_.add_subcommand("token", "Read a result token as a relying party does");
  CLI::App* dial_ = app_.add_subcommand("dial", "Connect by attested TLS");
  CLI::App* listen_ = app_.add_subcommand("listen", "Take attested TLS connections, and echo");
  CLI::App* proxy_ = app_.add_subcommand("proxy", "An HTTP proxy that dials by attested TLS");
  CLI::App* serve_ = app_.add_subcommand("serve",
                                         "Take attested TLS for a server that knows nothing of it");
  CLI::App* request_ = app_.add_subcommand("request", "Send an HTTP request by attested TLS");
  CLI::App* measure_ = app_.add_subcommand("measure", "Measure a container before it is started");
  arguments written_;
  measure_options measuring_;
  generate_options generating_;
  verify_options verifying_;
  attest_options attesting_;
  attested_options dialling_;
  attested_options listening_;
  proxy_options forwarding_;
  proxy_options reversing_;
  request_options requesting_;
  token_options reading_;
};

} // namespace

int main(int argc, char** argv) {
  try {
    client::prepare_http();
    return program{}.run(argc, argv);
  } catch (const std::exception& why) {
    std::cerr << "troth-testtool: " << why.what() << '\n';
    return terminal::internal;
  }
}
