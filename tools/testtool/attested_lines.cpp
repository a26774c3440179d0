#include "shared/base/text.hpp"
#include "tools/testtool/arguments.hpp"

#include <memory>

// The command lines of attested TLS and HTTP.

namespace troth::testtool {

namespace {

using terminal::add_choice;

const std::map<std::string, atls::mode> modes{{"mutual", atls::mode::mutual},
                                              {"client", atls::mode::client},
                                              {"server", atls::mode::server},
                                              {"none", atls::mode::none}};
const std::map<std::string, atls::renewing> renewals{{"never", atls::renewing::never},
                                                     {"offered", atls::renewing::offered},
                                                     {"demanded", atls::renewing::demanded}};

/// Adds an option `HOST:PORT`, where an IPv6 address is in brackets.
void add_address(CLI::App& line, const std::string& name, atls::address& into,
                 const std::string& description) {
  line
    .add_option_function<std::string>(
      name,
      [&into](const std::string& text) {
        const auto parts = split_host_and_port(text);
        into = {std::string{parts->host}, std::string{parts->port}};
      },
      description)
    ->required()
    ->check(CLI::Validator{[](const std::string& text) {
                             const auto parts = split_host_and_port(text);
                             const auto is_one = parts && !text.starts_with(':')
                                                 && is_port(parts->port);
                             return is_one ? std::string{} : "not HOST:PORT: " + text;
                           },
                           ""});
}

/// @returns what is to be called once the line is read.
std::function<void()> add_side(CLI::App& line, attested_options& into) {
  add_gateway(line, into.gateway, need::optional);
  add_choice(line, "--mode", into.attest, modes, "Who proves itself; mutual if absent");
  line.add_option("--tls-roots", into.tls.roots, "PEM: whom the peer's TLS certificate chains to")
    ->required();
  line.add_option("--tls-cert", into.tls.certificate, "PEM: our TLS certificate and its issuers");
  line.add_option("--tls-key", into.tls.key, "PEM: its key; with --tls-provider what that opens");
  line.add_option("--tls-provider", into.tls_provider,
                  "The provider of OpenSSL's that holds the key, e.g. tpm2");
  line.add_option("--tls-key-id", into.tls_key_id,
                  "Id of a TLS key of the gateway's machine, which signs, instead of these files");
  add_choice(line, "--encoding", into.encoding, encodings, "Of what we send; cbor if absent");
  line.add_option("--signer", into.signer,
                  "Whose key must sign the peer's evidence: a name in its certificate");
  const auto* const renewing = add_choice(line, "--renew", into.renewal.is, renewals,
                                          "Whether both may have to attest again; never if absent");
  add_seconds(line, "--renew-every", into.renewal.every, 0.1,
              "Seconds after which the peer must, again and again");
  const auto settle = add_appraisal(line, into.appraisal, into.gateway.url);
  add_output(line, into.output);
  add_publishing(line, into.publishing);
  return [&into, settle, renewing] {
    into.renewal.deadline = into.publishing.to.timeout = into.gateway.timeout;
    if (into.renewal.every.count() > 0 && renewing->count() == 0)
      into.renewal.is = atls::renewing::demanded;
    if (into.renewal.every.count() > 0 && into.renewal.is == atls::renewing::never)
      reject("--renew-every: not with --renew never");
    if (!into.tls_key_id.empty()
        && (!into.tls.certificate.empty() || !into.tls.key.empty() || !into.tls_provider.empty()))
      reject("--tls-key-id: this, or --tls-cert, --tls-key and --tls-provider");
    if (!into.tls_provider.empty() && into.tls.certificate.empty())
      reject("--tls-provider: needs --tls-cert");
    if (!into.tls_key_id.empty() && into.gateway.url.empty())
      reject("--gateway: it signs with the key of --tls-key-id");
    if (into.attest == atls::mode::none)
      return;
    if (into.output.format != output_format::table && into.output.format != output_format::json)
      reject("a peer is told as a table or as json");
    if (into.gateway.url.empty())
      reject("--gateway: it makes our reports, and judges those of peers");
    settle();
    check_publishing(into.publishing, into.output);
  };
}

void add_anonymous(CLI::App& line, attested_options& into) {
  line.add_flag_callback(
    "--anonymous-clients", [&into] { into.tls.demands_certificate = false; },
    "Take clients without a TLS certificate");
}

void add_dial(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("dial", "Connect by attested TLS");
  const auto options = std::make_shared<attested_options>();
  line.callback(add_side(line, *options));
  add_address(line, "ADDRESS", options->address, "HOST:PORT");
  line.add_option("--send", options->line, "A line to send; the answer is printed");
  into.push_back({&line, [options](const ports& world) { return dial(*options, world); }});
}

void add_listen(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("listen", "Take attested TLS connections, and echo");
  const auto options = std::make_shared<attested_options>();
  line.callback(add_side(line, *options));
  add_address(line, "ADDRESS", options->address, "HOST:PORT");
  add_count(line, options->count, "How many connections; without end if absent");
  add_anonymous(line, *options);
  into.push_back({&line, [options](const ports& world) { return listen(*options, world); }});
}

/// @param check called, besides, once the line is read.
std::shared_ptr<proxy_options> add_service(CLI::App& line,
                                           const std::function<void(const proxy_options&)>& check) {
  const auto options = std::make_shared<proxy_options>();
  line.callback([settle = add_side(line, options->side), options, check] {
    settle();
    check(*options);
  });
  add_address(line, "ADDRESS", options->side.address, "HOST:PORT");
  add_seconds(line, "--patience", options->patience, 0.1,
              "Seconds to wait for a next request, and for each next part of one");
  return options;
}

void add_proxy(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("proxy", "An HTTP proxy that dials by attested TLS");
  const auto is_for_others = std::make_shared<bool>(false);
  line.add_flag("--for-others", *is_for_others,
                "Listen beyond loopback: whoever gets there speaks as this machine");
  const auto options = add_service(line, [is_for_others](const proxy_options& read) {
    const auto& host = read.side.address.host;
    const auto is_ours = host == "localhost" || host == "::1" || host.starts_with("127.");
    if (!is_ours && !*is_for_others)
      reject("ADDRESS: whoever reaches " + host + " speaks as this machine: --for-others");
  });
  into.push_back({&line, [options](const ports& world) { return proxy(*options, world); }});
}

void add_serve(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("serve",
                                       "Take attested TLS for a server that knows nothing of it");
  const auto options = add_service(line, [](const proxy_options&) {});
  add_anonymous(line, options->side);
  add_address(line, "--to", options->behind, "HOST:PORT of who answers, in plain HTTP");
  into.push_back({&line, [options](const ports& world) { return serve(*options, world); }});
}

void add_request(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("request", "Send an HTTP request by attested TLS");
  const auto options = std::make_shared<request_options>();
  line.callback(add_side(line, options->side));
  line.add_option("URL", options->url, "https://HOST[:PORT]/PATH")->required();
  line.add_option("--method", options->method, "GET, POST, ...")->capture_default_str();
  line.add_option("--data", options->body, "The body");
  line.add_option("--header", options->fields, "NAME: VALUE; repeatable");
  add_count(line, options->count, "How often, over one connection");
  into.push_back({&line, [options](const ports& world) { return request(*options, world); }});
}

} // namespace

void add_attested_commands(CLI::App& program, commands& into) {
  add_dial(program, into);
  add_listen(program, into);
  add_proxy(program, into);
  add_serve(program, into);
  add_request(program, into);
}

} // namespace troth::testtool
