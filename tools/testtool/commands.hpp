#pragma once

#include "shared/atls/connection.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/client/appraiser.hpp"
#include "shared/client/gateway.hpp"
#include "shared/client/http.hpp"
#include "shared/report/report.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/testtool/output.hpp"
#include "tools/testtool/publish.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

// What troth-testtool does, its command line read. Each command says what it has to say and
// returns how the process ends.

namespace troth::testtool {

/// What the commands touch of the world, but for files.
struct ports {
  std::ostream& out;
  std::ostream& err;
  std::function<time_point()> now;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<bytes(std::size_t)> random;
  std::function<result<client::gateway>(const client::http_options&)> connect;
};

struct generate_options {
  client::http_options gateway;
  std::optional<bytes> nonce; ///< Nothing: a challenge is asked for.
  report::encoding encoding = report::encoding::json;
  std::filesystem::path out;
  std::filesystem::path nonce_out; ///< Empty: the nonce is not written.
  bool is_wrapped = false;         ///< The report is written as a conceptual message (CMW).
};

struct verify_options {
  client::http_options gateway;
  std::filesystem::path report;
  std::optional<bytes> nonce; ///< One of these three.
  std::filesystem::path nonce_file;
  std::optional<std::string> challenge_id;
  client::appraisal_options appraisal;
  output_options output;
  publish_options publishing;
};

struct attest_options {
  client::http_options gateway;
  std::string attester_url; ///< The gateway of the machine; empty: the same.
  report::encoding encoding = report::encoding::cbor;
  client::appraisal_options appraisal;
  output_options output;
  publish_options publishing;
  std::size_t count = 1;
  std::chrono::milliseconds interval{0};
};

struct measure_options {
  client::http_options gateway;
  std::filesystem::path bundle; ///< The folder with `config.json` and the file system.
  std::filesystem::path rootfs; ///< The file system; empty: `rootfs` in the bundle.
  std::string id;               ///< The container's, as its runtime has it.
  std::string name;             ///< Empty: the id.
};

struct attested_options {
  client::http_options
    gateway; ///< Makes our report, and judges the peer's if the appraisal is not here.
  atls::address address;
  atls::tls_settings tls;
  atls::mode attest = atls::mode::mutual;
  report::encoding encoding = report::encoding::cbor; ///< Of our report and messages.
  client::appraisal_options appraisal;
  output_options output;
  publish_options publishing;
  atls::renewal_settings renewal;
  std::string tls_provider; ///< Of OpenSSL's, that holds the TLS key; empty: a file does.
  std::string tls_key_id;   ///< Of a key of the gateway's, instead of the files of `tls`.
  std::string signer;       ///< Whose key must have signed the peer's evidence; empty: anybody's.
  std::string line;         ///< To dial: sent, and the answer printed; empty: nothing is said.
  std::size_t count = 0;    ///< To listen: after so many connections it ends; 0: when told to.
};

struct proxy_options {
  attested_options side; ///< Its address is where we listen.
  atls::address behind;  ///< To serve: who answers, in plain HTTP.
  std::chrono::milliseconds patience = std::chrono::seconds{60};
};

struct request_options {
  attested_options side; ///< Its address is not used.
  std::string url;       ///< `https://HOST[:PORT]/PATH`
  std::string method = "GET";
  std::string body;
  std::vector<std::string> fields; ///< `NAME: VALUE`
  std::size_t count = 1;           ///< How often it is sent, over one connection.
};

/// Asks a machine for something, by its gateway.
struct machine_options {
  client::http_options gateway;
  client::renewable what = client::renewable::certificates;
};

struct ca_certificates_options {
  client::http_options server; ///< A gateway, or an EST server.
  bool is_est = false;
  std::filesystem::path out; ///< Empty: they are printed.
};

/// Fetches the certificates of who certifies the TLS keys of machines.
terminal::exit_code ca_certificates(const ca_certificates_options& options, const ports& world);

/// Has the machine's certificates or metadata fetched anew, and waits for it.
terminal::exit_code update(const machine_options& options, const ports& world);

/// Passes on what programs ask of others, to whom it speaks by attested TLS: an HTTP proxy.
terminal::exit_code proxy(const proxy_options& options, const ports& world);

/// Takes attested TLS, and passes on requests to a server that knows nothing of it.
terminal::exit_code serve(const proxy_options& options, const ports& world);

/// Sends a request by attested TLS and prints the response's body.
terminal::exit_code request(const request_options& options, const ports& world);

/// Dials a server by attested TLS and prints what was found of it.
terminal::exit_code dial(const attested_options& options, const ports& world);

/// Takes attested TLS connections, prints what is found of each peer, and sends back what it says.
terminal::exit_code listen(const attested_options& options, const ports& world);

/// Measures a container that is about to be started, as a runtime's hook would.
terminal::exit_code measure(const measure_options& options, const ports& world);

/// Shows evidence in a file, unverified.
terminal::exit_code inspect_file(const std::filesystem::path& file, const ports& world);

/// Writes a report that answers a nonce, or a new challenge, whose id is printed.
terminal::exit_code generate(const generate_options& options, const ports& world);

/// Appraises a report in a file and prints the result.
terminal::exit_code verify(const verify_options& options, const ports& world);

/// Challenge, report and appraisal, `count` times. Goes on after a round that failed, and sums
/// up if there were several. The challenge is a random nonce in-process, and where the API has no
/// challenges.
terminal::exit_code attest(const attest_options& options, const ports& world);

/// Waits until all is published, and returns how the process ends: what was judged, unless that is
/// good and something could not be published.
terminal::exit_code published(publisher& through, terminal::exit_code judged);

/// Says on `world.err` why something was not done. Its texts may come from anybody.
void complain(const ports& world, const error& why);

} // namespace troth::testtool
