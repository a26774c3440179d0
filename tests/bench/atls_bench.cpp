// What attested TLS costs beside its parts, on one core, in one run: an attested mutual handshake
// against plain mutual TLS 1.3, two attestations and two appraisals; what is held at once; bulk
// data against plain OpenSSL. Keys are in software. Prints; judges nothing, but for --check, which
// fails when a ratio is far from what it should be.

#include "shared/appraisal/appraise.hpp"
#include "shared/atls/listener.hpp"
#include "tests/atls/sides.hpp"
#include "tests/support/minted_machine.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <mutex>
#include <string_view>

namespace {

using namespace troth;
using namespace troth::testing;
using clock_type = std::chrono::steady_clock;

constexpr int turns = 5;
constexpr int bulk_turns = 21; // two threads on few cores: one turn says little
constexpr int handshakes_of_a_turn = 100;
constexpr std::size_t held = 1'000;
constexpr std::size_t bulk_bytes = std::size_t{512} * 1024 * 1024;
constexpr std::size_t write_bytes = std::size_t{256} * 1024;

void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "bench_atls: %s\n", what);
  std::exit(1);
}

/// Returns the seconds of processor time that this thread has had.
double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Returns the seconds that `work` takes once, of this thread's processor.
double cost_of(int times, const std::function<void()>& work) {
  const auto begin = processor_time();
  for (int n = 0; n < times; ++n)
    work();
  return (processor_time() - begin) / times;
}

double median(std::vector<double> of) {
  std::ranges::sort(of);
  return of[of.size() / 2];
}

/// Attests and judges in this process: a TPM whose key is in memory, and the appraisal itself.
class own_machine final : public attester {
public:
  void find_cached(const std::string&, answer<std::vector<std::string>> then) override {
    then(std::vector<std::string>{});
  }
  void attest(const bytes& nonce, const std::vector<std::string>&, answer<bytes> then) override {
    then(report_for(nonce));
  }
  void appraise(const appraisal_order& asked, answer<appraised> then) override {
    appraised out;
    out.is_trusted = affirms(asked.report, asked.nonce);
    then(std::move(out));
  }

  bytes report_for(const bytes& nonce) { // each side may have a thread of its own
    const std::lock_guard lock{mutex_};
    machine_.nonce = nonce;
    return machine_.report(claims_);
  }
  bool affirms(byte_view report, byte_view nonce) const {
    const auto found = appraisal::appraise({report, nonce, rules_, anchors_, minted_now});
    return found.summary.says == report::status::success;
  }

private:
  std::mutex mutex_;
  machine machine_;
  report::context claims_ = machine_.claims();
  endorsement::trust_anchors anchors_ = machine_.anchors();
  appraisal::policy rules_ = *appraisal::built_in_policy("default");
};

/// Both sides of connections, on the one loop of this thread.
class both_sides {
public:
  /// Makes an attested connection, and returns both its ends.
  std::pair<connection, connection> attested(const std::shared_ptr<attester>& who) {
    std::optional<result<connection>> ours;
    std::optional<result<connection>> theirs;
    listener_.async_accept([&](const boost::system::error_code& why, tcp::socket socket) {
      require(!why, "accept");
      async_attest(std::move(socket), side::server, "", files_.server, with(who),
                   [&](result<connection> made) { theirs.emplace(std::move(made)); });
    });
    async_dial(loop_.get_executor(), {"127.0.0.1", port()}, files_.client, with(who),
               [&](result<connection> made) { ours.emplace(std::move(made)); });
    run_until([&] { return ours && theirs; });
    require(ours->has_value() && theirs->has_value(), "an attested handshake failed");
    return {**std::move(ours), **std::move(theirs)};
  }

  /// Does the same TLS handshake, and nothing more.
  void plain() {
    tls_stream ours{loop_, *files_.client};
    std::optional<tls_stream> theirs;
    int done = 0;
    const auto count = [&](const boost::system::error_code& why) {
      require(!why, "a plain handshake failed");
      ++done;
    };
    listener_.async_accept([&](const boost::system::error_code& why, tcp::socket socket) {
      count(why);
      theirs.emplace(std::move(socket), *files_.server);
      theirs->async_handshake(tls_stream::server, count);
    });
    ours.lowest_layer().async_connect(listener_.local_endpoint(),
                                      [&](const boost::system::error_code& why) {
                                        count(why);
                                        ours.async_handshake(tls_stream::client, count);
                                      });
    run_until([&] { return done == 4; });
  }

private:
  std::string port() const { return std::to_string(listener_.local_endpoint().port()); }

  void run_until(const std::function<bool()>& is_done) {
    loop_.restart();
    while (!is_done())
      loop_.run_one();
  }

  machines files_;
  asio::io_context loop_;
  tcp::acceptor listener_{loop_, {asio::ip::address_v4::loopback(), 0}};
};

double measure_handshakes() {
  const auto who = std::make_shared<own_machine>();
  both_sides sides;
  const bytes nonce(32, 1);
  std::vector<double> ratios;
  const auto attest_twice = [&] {
    who->report_for(nonce);
    return who->report_for(nonce);
  };
  const auto appraise_twice = [&](const bytes& report) {
    for (int n = 0; n < 2; ++n)
      require(who->affirms(report, nonce), "the report does not pass");
  };
  double attested = 0;
  double plain = 0;
  double parts = 0;
  for (int turn = 0; turn < turns; ++turn) {
    attested = cost_of(handshakes_of_a_turn, [&] { sides.attested(who); });
    plain = cost_of(handshakes_of_a_turn, [&] { sides.plain(); });
    parts = cost_of(handshakes_of_a_turn, [&] { // in turns, as the caches see them in a handshake
      sides.plain();
      appraise_twice(attest_twice());
    });
    ratios.push_back(attested / parts);
  }
  const auto attestations = cost_of(handshakes_of_a_turn, [&] { attest_twice(); });
  std::printf("attested mutual handshake  %6.0f us, both sides\n"
              "plain mutual TLS 1.3       %6.0f us\n"
              "two attestations           %6.0f us\n"
              "two appraisals             %6.0f us\n"
              "of the sum of its parts    %6.2f\n",
              attested * 1e6, plain * 1e6, attestations * 1e6, (parts - plain - attestations) * 1e6,
              median(ratios));
  return median(ratios);
}

/// Returns the bytes that this process has in memory.
double resident_bytes() {
  std::size_t ignored = 0;
  std::size_t pages = 0;
  auto* const file = std::fopen("/proc/self/statm", "r");
  require(file != nullptr && std::fscanf(file, "%zu %zu", &ignored, &pages) == 2, "statm");
  std::fclose(file);
  return static_cast<double>(pages) * 4096;
}

void measure_held() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const auto who = std::make_shared<own_machine>();
  both_sides sides;
  sides.attested(who);
  const auto before = resident_bytes();
  std::vector<std::pair<connection, connection>> all;
  for (std::size_t n = 0; n < held; ++n)
    all.push_back(sides.attested(who));
  const auto each = (resident_bytes() - before) / static_cast<double>(2 * held);
  for (auto& [ours, theirs] : all) { // each of them still speaks
    std::array<char, 1> got{};
    asio::write(ours, asio::buffer("x", 1));
    asio::read(theirs, asio::buffer(got));
    require(got[0] == 'x', "a connection that was held is gone");
  }
  std::printf("connections held           %6zu, %.0f KiB for each end\n", held, each / 1024);
}

/// Returns the bytes a second that `write` and `read` pass, each in a thread of its own.
double bulk_rate(const std::function<void(const bytes&)>& write,
                 const std::function<std::size_t(bytes&)>& read) {
  const auto begin = clock_type::now();
  std::thread sender{[&] {
    const bytes part(write_bytes, 7);
    for (std::size_t sent = 0; sent < bulk_bytes; sent += part.size())
      write(part);
  }};
  bytes into(write_bytes);
  for (std::size_t got = 0; got < bulk_bytes;)
    got += read(into);
  sender.join();
  return static_cast<double>(bulk_bytes)
         / std::chrono::duration<double>(clock_type::now() - begin).count();
}

double attested_bulk(renewing renew) {
  const machines files;
  auto how = with(std::make_shared<own_machine>());
  how.renewal.is = renew;
  auto door = *listener::open({"127.0.0.1", "0"});
  std::optional<result<connection>> theirs;
  std::thread accepting{[&] { theirs.emplace(door.accept(files.server, how)); }};
  auto ours = dial({"127.0.0.1", std::to_string(door.port())}, files.client, how);
  accepting.join();
  require(ours && *theirs, "an attested handshake failed");
  auto from = *std::move(ours);
  auto to = **std::move(theirs);
  require(from.renews() == (renew != renewing::never), "not as it was to be");
  return bulk_rate([&](const bytes& part) { asio::write(from, asio::buffer(part)); },
                   [&](bytes& into) { return to.read_some(asio::buffer(into)); });
}

/// The same bytes by OpenSSL alone, over a connection of the same kind.
double plain_bulk() {
  const machines files;
  asio::io_context loop;
  tcp::acceptor listener{loop, {asio::ip::address_v4::loopback(), 0}};
  tcp::socket client{loop};
  client.connect(listener.local_endpoint());
  auto server = listener.accept();
  client.set_option(tcp::no_delay{true});
  server.set_option(tcp::no_delay{true});
  const std::unique_ptr<SSL, decltype(&SSL_free)> ours{SSL_new(files.client->native_handle()),
                                                       SSL_free};
  const std::unique_ptr<SSL, decltype(&SSL_free)> theirs{SSL_new(files.server->native_handle()),
                                                         SSL_free};
  SSL_set_fd(ours.get(), client.native_handle());
  SSL_set_fd(theirs.get(), server.native_handle());
  std::thread accepting{[&] { require(SSL_accept(theirs.get()) == 1, "SSL_accept"); }};
  require(SSL_connect(ours.get()) == 1, "SSL_connect");
  accepting.join();
  return bulk_rate(
    [&](const bytes& part) {
      require(SSL_write(ours.get(), part.data(), static_cast<int>(part.size())) > 0, "SSL_write");
    },
    [&](bytes& into) {
      const auto got = SSL_read(theirs.get(), into.data(), static_cast<int>(into.size()));
      require(got > 0, "SSL_read");
      return static_cast<std::size_t>(got);
    });
}

/// Of OpenSSL's rate: of a connection that attests once, and of one that may attest again.
struct bulk_ratios {
  double once = 0;
  double again = 0;
};

bulk_ratios measure_bulk() {
  std::vector<double> plain;
  std::vector<double> once;
  std::vector<double> again;
  for (int turn = 0; turn < bulk_turns; ++turn) {
    plain.push_back(plain_bulk());
    once.push_back(attested_bulk(renewing::never) / plain.back());
    again.push_back(attested_bulk(renewing::offered) / plain.back());
  }
  const bulk_ratios out{median(once), median(again)};
  std::printf("bulk, OpenSSL alone        %6.0f MB/s\n"
              "bulk, attested             %6.3f of it\n"
              "bulk, attests again        %6.3f of it\n",
              median(plain) / 1e6, out.once, out.again);
  return out;
}

} // namespace

int main(int argc, char** argv) {
  const auto shake = measure_handshakes();
  measure_held();
  const auto bulk = measure_bulk();
  if (argc < 2 || std::string_view{argv[1]} != "--check")
    return 0;
  require(shake < 1.3, "an attested handshake costs more than 1.3 times its parts");
  require(bulk.once > 0.95, "bulk data passes more than 5 % slower than by OpenSSL alone");
  return 0;
}
