#include "shared/atls/negotiation.hpp"

#include "shared/atls/live_stream.hpp"
#include "shared/wire/atls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace troth::atls {

namespace {

namespace asio = boost::asio;

// Memory for a message grows as it arrives: its length is only what a peer says.
// How long a peer that we refuse has to take it.
constexpr std::chrono::seconds farewell{1};

constexpr std::size_t read_step_bytes = std::size_t{64} * 1024;

error broken(const char* when, const boost::system::error_code& why) {
  return {errc::io, std::string{"aTLS: "} + when + ": " + why.message()};
}

/// Tells what OpenSSL refuses, and what the peer does with an alert, from what the network does.
error refused_tls(SSL* connection, const char* when, const boost::system::error_code& why) {
  const auto verified = SSL_get_verify_result(connection);
  if (verified != X509_V_OK)
    return {errc::untrusted, std::string{"aTLS: the peer's certificate: "}
                               + X509_verify_cert_error_string(verified)};
  if (why.category() != asio::error::get_ssl_category())
    return broken(when, why);
  const auto reason = ERR_GET_REASON(static_cast<unsigned long>(why.value()));
  if ((reason & ERR_RFLAG_COMMON) != 0) // of a library of ours: a key that cannot sign, say
    return {errc::io, std::string{"aTLS: "} + when + ": on our side: " + why.message()};
  const auto is_alert = reason >= SSL_AD_REASON_OFFSET;
  return {is_alert ? errc::forbidden : errc::malformed,
          std::string{"aTLS: "} + when + (is_alert ? ": the peer refuses: " : ": ")
            + why.message()};
}

std::string text_of(const asio::ip::tcp::endpoint& of) {
  const auto address = of.address().to_string();
  return (of.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(of.port());
}

} // namespace

negotiation::negotiation(asio::ip::tcp::socket socket, side ours, std::string host, tls_context tls,
                         settings with, connected then)
  : stream_(std::make_unique<tls_stream>(std::move(socket), *tls)), timer_(stream_->get_executor()),
    ours_(ours), host_(std::move(host)), tls_(std::move(tls)), with_(std::move(with)),
    then_(std::move(then)) {
  // nop
}

void negotiation::set_deadline() {
  timer_.expires_after(with_.deadline);
  await_timer();
}

void negotiation::await_timer() {
  timer_.async_wait([self = shared_from_this()](const error_code& why) {
    if (!why)
      self->fail(
        {errc::timeout, "aTLS: " + std::to_string(self->with_.deadline.count()) + " ms are over"});
  });
}

void negotiation::begin() {
  error_code why;
  const auto remote = socket().remote_endpoint(why);
  if (why)
    return fail(broken("connect", why));
  who_.address = text_of(remote);
  socket().set_option(asio::ip::tcp::no_delay{true}, why); // it works without
  if (auto good = expect_host(); !good)
    return fail(good.error());
  shake_hands();
}

/// Has TLS check that the certificate is for whom we meant.
result<void> negotiation::expect_host() {
  auto* const ssl = stream_->native_handle();
  if (host_.empty())
    return {};
  SSL_set_hostflags(ssl,
                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  error_code is_name;
  asio::ip::make_address(host_, is_name);
  const auto done = is_name
                      ? SSL_set1_host(ssl, host_.c_str()) == 1
                          && SSL_set_tlsext_host_name(ssl, host_.c_str()) == 1
                      : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host_.c_str()) == 1;
  if (!done)
    return error{errc::malformed, "aTLS: no name of a host: " + host_};
  return {};
}

void negotiation::shake_hands() {
  stream_->async_handshake(ours_ == side::client ? tls_stream::client : tls_stream::server,
                           [self = shared_from_this()](const error_code& why) {
                             if (why)
                               return self->fail(
                                 refused_tls(self->stream_->native_handle(), "TLS handshake", why));
                             self->look_for_cached();
                           });
}

template <class T, class Use>
attester::answer<T> negotiation::on_strand(Use use) {
  // Neither keeps this: an answer may come when nobody waits for it any more.
  return [weak = weak_from_this(), use](result<T> answer) {
    const auto still = weak.lock();
    if (!still)
      return;
    asio::post(still->timer_.get_executor(), [weak, use, given = std::move(answer)]() mutable {
      if (const auto self = weak.lock(); self && self->then_)
        use(*self, std::move(given));
    });
  };
}

void negotiation::look_for_cached() {
  auto shown = look_at(stream_->native_handle());
  if (!shown)
    return fail(shown.error());
  who_.tls = *std::move(shown);
  if (!is_attested(opposite(ours_), with_.attest) || who_.tls.fingerprint.empty())
    return begin_attestation({});
  with_.with->find_cached(who_.tls.fingerprint,
                          on_strand<std::vector<std::string>>([](auto& self, auto cached) {
                            if (!cached)
                              return self.fail(cached.error());
                            self.begin_attestation(*std::move(cached));
                          }));
}

void negotiation::begin_attestation(std::vector<std::string> cached) {
  machine_.emplace(handshake::terms{ours_, with_.attest, with_.encode_as, with_.max_report_bytes,
                                    with_.renewal.is},
                   std::move(cached));
  go_on();
}

void negotiation::go_on() {
  if (!then_)
    return;
  serve_wishes();
  write();
  if (machine_->has_failed() && !std::exchange(is_leaving_, true)) {
    timer_.expires_at(std::min(timer_.expiry(), asio::steady_timer::clock_type::now() + farewell));
    await_timer();
  }
  if (!is_reading_ && machine_->wants_message())
    read_header();
  if (machine_->is_over() && !is_writing_)
    finish();
}

void negotiation::serve_wishes() {
  if (const auto cached = machine_->take_report_wish()) {
    const auto nonce = export_nonce(stream_->native_handle(), ours_);
    if (!nonce)
      return machine_->give_report(nonce.error());
    with_.with->attest(*nonce, *cached, on_strand<bytes>([](auto& self, auto ours) {
      self.machine_->give_report(std::move(ours));
      self.go_on();
    }));
  }
  if (auto theirs = machine_->take_verdict_wish()) {
    const auto nonce = export_nonce(stream_->native_handle(), opposite(ours_));
    if (!nonce)
      return machine_->give_verdict(nonce.error());
    with_.with->appraise({*std::move(theirs), *nonce, who_.tls.fingerprint, who_.address,
                          with_.policies},
                         on_strand<appraised>([](auto& self, auto verdict) {
                           self.take_verdict(std::move(verdict));
                         }));
  }
}

void negotiation::take_verdict(result<appraised> verdict) {
  if (!verdict) {
    machine_->give_verdict(verdict.error());
    return go_on();
  }
  who_.is_attested = true;
  who_.verdict = *std::move(verdict);
  if (with_.on_verdict)
    with_.on_verdict(who_);
  machine_->give_verdict(accept(with_, who_.verdict));
  go_on();
}

void negotiation::write() {
  if (is_writing_)
    return;
  outgoing_ = machine_->take_outgoing();
  if (outgoing_.empty())
    return;
  is_writing_ = true;
  asio::async_write(*stream_, asio::buffer(outgoing_),
                    [self = shared_from_this()](const error_code& why, std::size_t) {
                      self->is_writing_ = false;
                      if (why)
                        return self->fail(
                          refused_tls(self->stream_->native_handle(), "write", why));
                      self->go_on();
                    });
}

void negotiation::read_header() {
  is_reading_ = true;
  asio::async_read(*stream_, asio::buffer(header_),
                   [self = shared_from_this()](const error_code& why, std::size_t) {
                     self->is_reading_ = false;
                     if (why)
                       return self->fail(refused_tls(self->stream_->native_handle(), "read", why));
                     self->take_header();
                   });
}

void negotiation::take_header() {
  if (!then_)
    return;
  const auto size = wire::atls::length_in(header_);
  const auto most = machine_->max_message_bytes();
  body_.clear();
  if (size <= most)
    return read_body(size);
  machine_->end({errc::too_large, "aTLS message: " + std::to_string(size) + " bytes, at most "
                                    + std::to_string(most)});
  go_on();
}

void negotiation::read_body(std::size_t size) {
  const auto had = body_.size();
  if (had == size) {
    machine_->take(body_);
    return go_on();
  }
  is_reading_ = true;
  body_.resize(std::min(size, had + read_step_bytes));
  asio::async_read(*stream_, asio::buffer(body_) + had,
                   [self = shared_from_this(), size](const error_code& why, std::size_t) {
                     self->is_reading_ = false;
                     if (why)
                       return self->fail(refused_tls(self->stream_->native_handle(), "read", why));
                     if (self->then_)
                       self->read_body(size);
                   });
}

void negotiation::finish() {
  if (const auto& outcome = machine_->outcome(); !outcome)
    return end_failed(outcome.error());
  timer_.cancel();
  if (!machine_->renews())
    return tell(connection{std::move(stream_), std::move(who_)});
  const auto live = std::make_shared<live_stream>(std::move(stream_), ours_, with_, who_, loop_);
  live->begin();
  tell(connection{live, std::move(who_)});
}

void negotiation::fail(error why) {
  if (!then_)
    return;
  const auto has_reason = machine_ && machine_->has_failed(); // before the connection ended
  end_failed(has_reason ? machine_->outcome().error() : std::move(why));
}

/// The stream stays until the last of its handlers has run.
void negotiation::end_failed(error why) {
  timer_.cancel();
  error_code ignored;
  socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket().close(ignored);
  tell(std::move(why));
}

void negotiation::tell(result<connection> outcome) {
  const auto then = std::exchange(then_, {});
  then(std::move(outcome));
}

} // namespace troth::atls
