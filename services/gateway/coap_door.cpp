#include "services/gateway/coap_door.hpp"

#include "services/gateway/coap_exchanges.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <netdb.h>
#include <poll.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troth::services {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr unsigned max_handshakes = 64; // under way at a time
constexpr std::uint8_t max_chain = 4;   // certificates above a client's
constexpr milliseconds look_again{1'000};

error cannot_listen(const link::address& at, const std::string& why) {
  return {errc::io, "cannot listen on " + to_string(at) + " for CoAP: " + why};
}

struct context_deleter {
  void operator()(coap_context_t* context) const { coap_free_context(context); }
};

/// Tells whether somebody serves there already: the library shares an address with whoever does.
bool is_taken(const addrinfo& at) {
  const auto probe = socket(at.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto is_free = probe >= 0 && bind(probe, at.ai_addr, at.ai_addrlen) == 0;
  if (probe >= 0)
    close(probe);
  return !is_free;
}

/// @see coap_dtls_cn_callback_t. The library has verified the certificate; it also calls for those
/// above it.
int note_certificate(const char*, const std::uint8_t* certificate, std::size_t size,
                     coap_session_t* session, unsigned depth, int, void* exchanges) {
  if (depth == 0)
    static_cast<coap_exchanges*>(exchanges)->is_shown(session, {certificate, size});
  return 1;
}

int note_event(coap_session_t* session, const coap_event_t event) {
  if (event == COAP_EVENT_SERVER_SESSION_DEL)
    static_cast<coap_exchanges*>(coap_get_app_data(coap_session_get_context(session)))
      ->is_gone(session);
  return 0;
}

} // namespace

class coap_door::implementation {
public:
  implementation(coap_callers who, door_parts parts)
    : allowed_(parts.allowed), exchanges_(std::move(who), std::move(parts), [this] { wake(); }) {
    // nop
  }

  ~implementation() {
    stop(milliseconds{0});
    context_.reset(); // uses what is noted about its sessions
    if (wake_ >= 0)
      close(wake_);
  }

  result<void> open(const coap_addresses& at) {
    coap_startup();
    coap_set_log_level(LOG_EMERG); // what clients do wrong is in our own log
    coap_dtls_set_log_level(LOG_EMERG);
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    context_.reset(coap_new_context(nullptr));
    if (wake_ < 0 || !context_)
      return error{errc::io, "cannot make what CoAP needs"};
    // Blocks come one by one, so that a body over its limit ends at the limit.
    coap_context_set_block_mode(context_.get(), COAP_BLOCK_USE_LIBCOAP);
    coap_context_set_max_idle_sessions(context_.get(),
                                       static_cast<unsigned>(allowed_.max_connections));
    coap_context_set_max_handshake_sessions(context_.get(), max_handshakes);
    coap_context_set_session_timeout(
      context_.get(), static_cast<unsigned>(allowed_.idle_time / std::chrono::seconds{1}));
    exchanges_.serve(context_.get());
    coap_register_event_handler(context_.get(), note_event);
    if (at.secure)
      if (auto done = use(at.tls); !done)
        return done;
    if (at.plain)
      if (auto done = listen(*at.plain, COAP_PROTO_UDP); !done)
        return done;
    return at.secure ? listen(*at.secure, COAP_PROTO_DTLS) : result<void>{};
  }

  void run() {
    thread_ = std::thread{[this] { loop(); }};
  }

  void stop(milliseconds patience) {
    if (!thread_.joinable())
      return;
    ends_ = (steady_clock::now() + patience).time_since_epoch().count();
    wake();
    thread_.join();
  }

private:
  result<void> use(const http::tls_files& tls) {
    coap_dtls_pki_t with{};
    with.version = COAP_DTLS_PKI_SETUP_VERSION;
    with.verify_peer_cert = 1;
    with.check_common_ca = 1; // the one of `clientCa`, and no other
    with.cert_chain_validation = 1;
    with.cert_chain_verify_depth = max_chain;
    with.validate_cn_call_back = note_certificate;
    with.cn_call_back_arg = &exchanges_;
    with.pki_key.key_type = COAP_PKI_KEY_PEM;
    with.pki_key.key.pem.ca_file = tls.client_ca.c_str();
    with.pki_key.key.pem.public_cert = tls.certificate.c_str();
    with.pki_key.key.pem.private_key = tls.key.c_str();
    if (coap_context_set_pki(context_.get(), &with) == 0)
      return error{errc::io, "coap.tls: a file cannot be used"};
    return {};
  }

  result<void> listen(const link::address& at, coap_proto_t as) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const auto host = at.host.empty() ? std::string{"0.0.0.0"} : at.host;
    if (getaddrinfo(host.c_str(), std::to_string(at.port).c_str(), &wanted, &found) != 0)
      return cannot_listen(at, "no such address");
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned{found, freeaddrinfo};
    coap_address_t where;
    coap_address_init(&where);
    where.size = found->ai_addrlen;
    std::memcpy(&where.addr, found->ai_addr, found->ai_addrlen);
    if (is_taken(*found) || coap_new_endpoint(context_.get(), &where, as) == nullptr)
      return cannot_listen(at, "it is taken, or not ours");
    return {};
  }

  void wake() const {
    const std::uint64_t one = 1;
    (void)!write(wake_, &one, sizeof(one)); // full: it is awake
  }

  bool is_over() {
    const auto ends = ends_.load();
    if (ends == 0)
      return false;
    exchanges_.refuse_new();
    return exchanges_.is_idle() || steady_clock::now().time_since_epoch().count() >= ends;
  }

  void loop() {
    std::array<pollfd, 2> watched{pollfd{coap_context_get_coap_fd(context_.get()), POLLIN, 0},
                                  pollfd{wake_, POLLIN, 0}};
    while (!is_over()) {
      const auto wait = ends_ == 0 ? look_again : milliseconds{50};
      poll(watched.data(), watched.size(), static_cast<int>(wait.count()));
      std::uint64_t ignored = 0;
      (void)!read(wake_, &ignored, sizeof(ignored));
      exchanges_.deliver();
      coap_io_process(context_.get(), COAP_IO_NO_WAIT);
    }
  }

  const net::limits allowed_;
  int wake_ = -1;
  coap_exchanges exchanges_;
  std::unique_ptr<coap_context_t, context_deleter> context_;
  std::atomic<steady_clock::rep> ends_ = 0; ///< When the thread ends at the latest; 0: it does not.
  std::thread thread_;
};

result<std::unique_ptr<coap_door>> coap_door::open(const coap_addresses& at, coap_callers who,
                                                   door_parts parts) {
  auto made = std::make_unique<implementation>(std::move(who), std::move(parts));
  if (const auto opened = made->open(at); !opened)
    return opened.error();
  made->run();
  return std::unique_ptr<coap_door>{new coap_door{std::move(made)}};
}

coap_door::coap_door(std::unique_ptr<implementation> parts) : parts_(std::move(parts)) {
  // nop
}

coap_door::~coap_door() = default;

void coap_door::stop(std::chrono::milliseconds patience) {
  parts_->stop(patience);
}

} // namespace troth::services
