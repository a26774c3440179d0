#include "services/gateway/grpc_door.hpp"

#include "services/gateway/cmc_api.hpp"
#include "services/gateway/grpc_acceptor.hpp"
#include "services/gateway/grpc_call.hpp"
#include "shared/files/files.hpp"

#include <boost/asio/post.hpp>
#include <grpcapi.grpc.pb.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <thread>
#include <utility>

namespace troth::services {

namespace {

namespace cmc = wire::cmc;
using namespace std::chrono_literals;
using reactor = grpc::ServerUnaryReactor;

constexpr std::size_t max_pem_bytes = std::size_t{1024} * 1024;
constexpr int max_metadata_bytes = 16 * 1024;
constexpr int max_streams = 64; // of a connection
constexpr int max_threads = 16;
constexpr const char* trace_header = "traceparent";

std::string text_of(grpc::string_ref from) {
  return {from.data(), from.size()};
}

/// Returns what a client sent of that name; empty: nothing.
std::string metadata_of(const grpc::CallbackServerContext& context, const char* name) {
  const auto& all = context.client_metadata();
  const auto at = all.find(name);
  return at == all.end() ? std::string{} : text_of(at->second);
}

/// Returns what a call shows of who sends it. The library has verified a certificate.
credentials credentials_of(const grpc::CallbackServerContext& context) {
  credentials out;
  out.authorization = metadata_of(context, "authorization");
  const auto peer = context.auth_context();
  if (!peer || !peer->IsPeerAuthenticated())
    return out;
  for (const auto* property : {"x509_subject_alternative_name", "x509_common_name"})
    for (const auto& value : peer->FindPropertyValues(property))
      out.certificate_names.push_back(text_of(value));
  return out;
}

void set_version(auto& response) {
  response.set_version(std::string{cmc::api_version});
}

/// Reads an event, whose members protobuf names in its own way.
/// @returns `malformed`, `too_large`.
result<report::component> event_of(const grpcapi::Component& from) {
  report::component out;
  out.type = from.type();
  out.name = from.name();
  out.version = from.version();
  out.optional = from.optional();
  out.description = from.description();
  out.properties = {{std::string{report::property_index}, std::to_string(from.index())}};
  for (const auto& hash : from.hashes()) {
    const auto algorithm = parse_hash_algorithm(hash.alg());
    if (!algorithm)
      continue; // kept by nobody: the log has hashes of its own
    const auto value = digest::from(*algorithm, to_bytes(hash.content()));
    if (!value)
      return error{value.error().code, "Measure.event.hashes: " + value.error().where};
    out.hashes.push_back(*value);
  }
  if (!from.has_ctr_data())
    return out;
  auto& container = out.container.emplace();
  container.config_sha256 = to_bytes(from.ctr_data().config_sha256());
  container.rootfs_sha256 = to_bytes(from.ctr_data().rootfs_sha256());
  if (from.ctr_data().oci_spec().empty())
    return out;
  auto specification = cmc::read_configuration(to_bytes(from.ctr_data().oci_spec()));
  if (!specification)
    return specification.error();
  container.oci_spec = *std::move(specification);
  return out;
}

class cmc_service final : public grpcapi::CMCService::CallbackService {
public:
  cmc_service(grpc_door::finder who, door_parts parts)
    : who_(std::move(who)), door_(std::move(parts)) {
    // nop
  }

  /// Waits until all calls are over, for so long, and ends those that are not.
  void stop(std::chrono::milliseconds patience) {
    is_stopping_ = true;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!open_.is_empty() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(10ms);
    open_.refuse_all({errc::unavailable, "the service is stopping"});
  }

  reactor* Attest(grpc::CallbackServerContext* context, const grpcapi::AttestationRequest* in,
                  grpcapi::AttestationResponse* out) override {
    return serve<cmc::attestation_response>(
      context, cmc::operation::attest, *in,
      [in] {
        return cmc::attestation_request{to_bytes(in->nonce()),
                                        {in->cached().begin(), in->cached().end()}};
      },
      [to = door_.to](const origin& from, cmc::attestation_request asked, auto then) {
        if (const auto good = cmc::check(asked); !good)
          return then(good.error());
        attest(*to, from, std::move(asked), report::encoding::cbor, std::move(then));
      },
      [out](const cmc::attestation_response& made) {
        set_version(*out);
        out->set_report(to_text(made.report));
      });
  }

  reactor* Verify(grpc::CallbackServerContext* context, const grpcapi::VerificationRequest* in,
                  grpcapi::VerificationResponse* out) override {
    return serve<cmc::verification_response>(
      context, cmc::operation::verify, *in,
      [in] {
        return cmc::verification_request{to_bytes(in->nonce()), to_bytes(in->report()), in->peer(),
                                         in->peer_addr(), to_bytes(in->policies())};
      },
      [to = door_.to](const origin& from, cmc::verification_request asked, auto then) {
        if (const auto good = cmc::check(asked); !good)
          return then(good.error());
        verify(*to, from, std::move(asked), report::encoding::json, std::move(then));
      },
      [out](const cmc::verification_response& made) {
        set_version(*out);
        out->set_result(to_text(made.result));
      });
  }

  reactor* PeerCache(grpc::CallbackServerContext* context, const grpcapi::PeerCacheRequest* in,
                     grpcapi::PeerCacheResponse* out) override {
    return serve<cmc::peer_cache_response>(
      context, cmc::operation::peer_cache, *in,
      [in] { return cmc::peer_cache_request{in->peer()}; },
      [to = door_.to](const origin& from, cmc::peer_cache_request asked, auto then) {
        peer_cache(*to, from, std::move(asked), std::move(then));
      },
      [out](const cmc::peer_cache_response& made) {
        set_version(*out);
        out->mutable_cache()->Assign(made.cache.begin(), made.cache.end());
      });
  }

  reactor* TLSCreate(grpc::CallbackServerContext* context, const grpcapi::TLSCreateRequest* in,
                     grpcapi::TLSCreateResponse* out) override {
    return serve<cmc::tls_create_response>(
      context, cmc::operation::tls_create, *in,
      [in] {
        const auto& key = in->key_config();
        return cmc::tls_create_request{{key.type(),
                                        key.alg(),
                                        key.cn(),
                                        {key.dns_names().begin(), key.dns_names().end()},
                                        {key.ip_addresses().begin(), key.ip_addresses().end()}}};
      },
      [to = door_.to](const origin& from, cmc::tls_create_request asked, auto then) {
        tls_create(*to, from, std::move(asked), std::move(then));
      },
      [out](const cmc::tls_create_response& made) {
        set_version(*out);
        out->set_key_id(made.key_id);
      });
  }

  reactor* TLSSign(grpc::CallbackServerContext* context, const grpcapi::TLSSignRequest* in,
                   grpcapi::TLSSignResponse* out) override {
    return serve<cmc::tls_sign_response>(
      context, cmc::operation::tls_sign, *in,
      [in] {
        return cmc::tls_sign_request{in->key_id(), to_bytes(in->content()), in->hash_alg()};
      },
      [to = door_.to](const origin& from, cmc::tls_sign_request asked, auto then) {
        tls_sign(*to, from, std::move(asked), std::move(then));
      },
      [out](const cmc::tls_sign_response& made) {
        set_version(*out);
        out->set_signed_content(to_text(made.signature));
      });
  }

  reactor* TLSCert(grpc::CallbackServerContext* context, const grpcapi::TLSCertRequest* in,
                   grpcapi::TLSCertResponse* out) override {
    return serve<cmc::tls_cert_response>(
      context, cmc::operation::tls_cert, *in, [in] { return cmc::tls_cert_request{in->key_id()}; },
      [to = door_.to](const origin& from, cmc::tls_cert_request asked, auto then) {
        tls_cert(*to, from, std::move(asked), std::move(then));
      },
      [out](const cmc::tls_cert_response& made) {
        set_version(*out);
        for (const auto& one : made.certificates)
          out->add_certificate(to_text(one));
      });
  }

  reactor* Measure(grpc::CallbackServerContext* context, const grpcapi::MeasureRequest* in,
                   grpcapi::MeasureResponse* out) override {
    return serve<cmc::measure_response>(
      context, cmc::operation::measure, *in, [in] { return *in; },
      [to = door_.to](const origin& from, const grpcapi::MeasureRequest& asked, auto then) {
        auto event = event_of(asked.measure_event());
        if (!event)
          return then(event.error());
        measure(*to, from, {*std::move(event)}, std::move(then));
      },
      [out](const cmc::measure_response& made) {
        set_version(*out);
        out->set_success(made.success);
      });
  }

  reactor* UpdateCerts(grpc::CallbackServerContext* context, const grpcapi::UpdateCertsRequest* in,
                       grpcapi::UpdateCertsResponse* out) override {
    return serve_update(context, cmc::operation::update_certs, *in, out);
  }

  reactor* UpdateMetadata(grpc::CallbackServerContext* context,
                          const grpcapi::UpdateMetadataRequest* in,
                          grpcapi::UpdateMetadataResponse* out) override {
    return serve_update(context, cmc::operation::update_metadata, *in, out);
  }

private:
  /// Runs one call: finds out who asks, takes shares, has `make` copy the request, which is gone
  /// when the call is over, a worker `run` it, and `fill` write the response.
  template <class Response, class Make, class Run, class Fill>
  reactor* serve(grpc::CallbackServerContext* context, cmc::operation which,
                 const google::protobuf::Message& request, Make make, Run run, Fill fill) {
    auto* const answers = context->DefaultReactor();
    auto call = std::make_shared<grpc_call>(door_, answers, which, request.ByteSizeLong(),
                                            metadata_of(*context, trace_header));
    const auto from = admit(*context, *call);
    if (!from)
      return answers;
    if (const auto may = check_access(from->who, which); !may) {
      call->refuse(may.error()); // before anything of the body is looked at
      return answers;
    }
    open_.add(call);
    boost::asio::post(*door_.workers,
                      [this, call, from = *from, asked = make(), run, fill]() mutable {
                        const auto end = [this, call, fill](const result<Response>& made) {
                          if (made)
                            call->succeed(size_of(*made), [&] { fill(*made); });
                          else
                            call->refuse(made.error());
                          open_.remove(call);
                        };
                        try {
                          run(from, std::move(asked), operations::answer<Response>{end});
                        } catch (const std::exception& why) { // most likely there is no memory left
                          end(error{errc::internal, why.what()});
                        }
                      });
    return answers;
  }

  template <class Response>
  reactor* serve_update(grpc::CallbackServerContext* context, cmc::operation which,
                        const google::protobuf::Message& request, Response* out) {
    return serve<cmc::update_response>(
      context, which, request, [] { return cmc::update_request{}; },
      [to = door_.to, which](const origin& from, const cmc::update_request&, auto then) {
        update(*to, from, which, std::move(then));
      },
      [out](const cmc::update_response& made) {
        set_version(*out);
        out->set_success(made.success);
      });
  }

  /// @returns nothing if the call has ended.
  std::optional<origin> admit(const grpc::CallbackServerContext& context, grpc_call& call) {
    const auto who = who_(credentials_of(context));
    const auto from = who ? std::optional{call.is_from(*who)} : std::nullopt;
    if (is_stopping_)
      call.refuse({errc::unavailable, "the service is stopping"});
    else if (!who)
      call.refuse({errc::unauthenticated, "a token or certificate of this service is needed"});
    else if (door_.busy->callers.refuse(who->name, std::chrono::steady_clock::now()))
      call.refuse({errc::exhausted, "this caller asks too often"});
    else if (!call.is_granted())
      call.refuse({errc::exhausted, "this caller asks for too much at a time"});
    else if (!call.take_shares())
      call.refuse({errc::exhausted, "too many requests or bytes at a time"});
    else
      return from;
    return std::nullopt;
  }

  static std::size_t size_of(const cmc::attestation_response& made) { return made.report.size(); }
  static std::size_t size_of(const cmc::verification_response& made) { return made.result.size(); }
  static std::size_t size_of(const cmc::peer_cache_response& made) { return made.cache.size(); }
  static std::size_t size_of(const cmc::tls_create_response& made) { return made.key_id.size(); }
  static std::size_t size_of(const cmc::tls_sign_response& made) { return made.signature.size(); }
  static std::size_t size_of(const cmc::tls_cert_response& made) {
    return made.certificates.size();
  }
  static std::size_t size_of(const cmc::measure_response&) { return 1; }
  static std::size_t size_of(const cmc::update_response&) { return 1; }

  const grpc_door::finder who_;
  const door_parts door_;
  std::atomic<bool> is_stopping_ = false;
  open_calls open_;
};

result<std::string> read_pem(const std::string& file, const char* key) {
  const auto content = files::read(file, max_pem_bytes);
  if (!content)
    return error{content.error().code, std::string{key} + ": " + content.error().where};
  return to_text(*content);
}

result<std::shared_ptr<grpc::ServerCredentials>> make_credentials(const http::tls_files& tls) {
  if (tls.certificate.empty())
    return grpc::InsecureServerCredentials();
  // The library takes TLS 1.2 and cannot be told otherwise, but for the suites it does that with:
  // this one needs a key that nobody has.
  setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES256-GCM-SHA384", 1);
  const auto certificate = read_pem(tls.certificate, "grpc.tls.certificate");
  if (!certificate)
    return certificate.error();
  const auto key = read_pem(tls.key, "grpc.tls.key");
  if (!key)
    return key.error();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({*key, *certificate});
  if (!tls.client_ca.empty()) {
    const auto ca = read_pem(tls.client_ca, "grpc.tls.clientCa");
    if (!ca)
      return ca.error();
    options.pem_root_certs = *ca;
    options.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

} // namespace

class grpc_door::implementation {
public:
  implementation(finder who, door_parts parts)
    : allowed_(parts.allowed),
      max_message_bytes_(max_cmc_bytes(cmc::operation::verify, parts.to->max_report_bytes())),
      answer_time_(parts.to->answer_time()), service_(std::move(who), std::move(parts)),
      acceptor_(allowed_.max_connections) {
    // nop
  }

  ~implementation() { stop(0ms); }

  result<void> open(const link::address& at, const http::tls_files& tls) {
    setenv("GRPC_VERBOSITY", "NONE", 0); // what clients do wrong is in our own log
    auto with = make_credentials(tls);
    if (!with)
      return with.error();
    const auto port = acceptor_.listen(at);
    if (!port)
      return port.error();
    port_ = *port;
    grpc::ServerBuilder builder;
    auto connections = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, *std::move(with));
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(static_cast<int>(max_message_bytes_));
    grpc::ResourceQuota quota{"troth"};
    quota.Resize(allowed_.max_body_bytes);
    quota.SetMaxThreads(max_threads);
    builder.SetResourceQuota(quota);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, max_metadata_bytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, max_streams);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                               static_cast<int>(allowed_.idle_time.count()));
    // A request that never ends keeps a connection from being idle: it ends with its connection,
    // which is told to go in time for all requests that do end.
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               static_cast<int>(allowed_.idle_time.count()));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                               static_cast<int>((2 * allowed_.body_time + answer_time_).count()));
    builder.AddChannelArgument("grpc.server_handshake_timeout_ms",
                               static_cast<int>(allowed_.header_time.count()));
    server_ = builder.BuildAndStart();
    if (!server_)
      return error{errc::io, "cannot serve gRPC on " + to_string(at)};
    acceptor_.start(std::move(connections));
    return {};
  }

  std::uint16_t port() const { return port_; }

  void stop(std::chrono::milliseconds patience) {
    if (!server_)
      return;
    acceptor_.stop();
    service_.stop(patience);
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }

private:
  const net::limits allowed_;
  const std::size_t max_message_bytes_;
  const std::chrono::milliseconds answer_time_;
  cmc_service service_;
  grpc_acceptor acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::uint16_t port_ = 0;
};

result<std::unique_ptr<grpc_door>>
grpc_door::open(const link::address& at, const http::tls_files& tls, finder who, door_parts parts) {
  auto made = std::make_unique<implementation>(std::move(who), std::move(parts));
  if (const auto opened = made->open(at, tls); !opened)
    return opened.error();
  return std::unique_ptr<grpc_door>{new grpc_door{std::move(made)}};
}

grpc_door::grpc_door(std::unique_ptr<implementation> parts) : parts_(std::move(parts)) {
  // nop
}

grpc_door::~grpc_door() = default;

std::uint16_t grpc_door::port() const noexcept {
  return parts_->port();
}

void grpc_door::stop(std::chrono::milliseconds patience) {
  parts_->stop(patience);
}

} // namespace troth::services
