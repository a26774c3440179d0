#include "shared/binding/atls.h"

#include "shared/atls/listener.hpp"
#include "shared/client/appraiser.hpp"
#include "shared/client/stored_key.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

using namespace troth;

static_assert(TROTH_UNTRUSTED == static_cast<int>(errc::untrusted));
static_assert(TROTH_MISSING == static_cast<int>(errc::missing));
static_assert(TROTH_FORBIDDEN == static_cast<int>(errc::forbidden));
static_assert(TROTH_IO == static_cast<int>(errc::io));
static_assert(TROTH_UNAVAILABLE == static_cast<int>(errc::unavailable));
static_assert(TROTH_TIMEOUT == static_cast<int>(errc::timeout));
static_assert(TROTH_INTERNAL == static_cast<int>(errc::internal));

struct troth_side {
  atls::side ours;
  atls::tls_context tls;
  std::shared_ptr<client::gateway_attester> attester;
  atls::settings with;
};

struct troth_listener {
  atls::listener listening;
  troth_side* side;
};

struct troth_connection {
  atls::connection stream;
  std::string signers;
};

namespace {

thread_local std::string last_error;

int fail(const error& why) {
  last_error = to_string(why);
  return static_cast<int>(why.code);
}

/// Keeps what a function throws from the C program.
template <class Act>
int guarded(Act act) noexcept {
  try {
    const result<void> done = act();
    return done ? 0 : fail(done.error());
  } catch (const std::exception& why) {
    try {
      return fail({errc::internal, why.what()});
    } catch (const std::exception&) {
      return TROTH_INTERNAL;
    }
  }
}

std::string text(const char* of) {
  return of == nullptr ? std::string{} : std::string{of};
}

std::string lines(const std::vector<std::string>& of) {
  std::string out;
  for (const auto& each : of)
    out += (out.empty() ? "" : "\n") + each;
  return out;
}

void prepare_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      client::prepare_http();
    } catch (const std::exception&) { // the program has set up that library itself
    }
  });
}

result<client::gateway> connect_to_gateway(const troth_options& from) {
  client::http_options to;
  to.url = text(from.gateway);
  to.tls = {text(from.gateway_ca), text(from.gateway_certificate), text(from.gateway_key)};
  to.token_file = text(from.gateway_token_file);
  to.timeout = std::chrono::milliseconds{from.deadline_ms};
  prepare_once();
  return client::open_gateway(to);
}

/// Makes what the connections of a side share, with a key in files or at the gateway.
result<atls::tls_context> open_tls(atls::side ours, const troth_options& from) {
  atls::tls_settings settings{text(from.tls_roots), text(from.tls_certificate), text(from.tls_key),
                              from.takes_anonymous_clients == 0};
  const auto id = text(from.tls_key_id);
  const auto provider = text(from.tls_provider);
  if (!id.empty() && !provider.empty())
    return error{errc::conflict, "tls_key_id: this, or tls_provider"};
  if (!provider.empty()) {
    auto used = client::use_stored_key(settings.certificate, settings.key, provider, {});
    if (!used)
      return used.error();
    settings.adjust = *std::move(used);
    settings.certificate.clear(); // it shows them itself
  }
  if (id.empty())
    return atls::make_context(ours, settings);
  if (!settings.certificate.empty() || !settings.key.empty())
    return error{errc::conflict, "tls_key_id: this, or tls_certificate and tls_key"};
  const auto gateway = connect_to_gateway(from);
  if (!gateway)
    return gateway.error();
  auto used = client::use_key_of(gateway->keys, id, {});
  if (!used)
    return used.error();
  settings.adjust = *std::move(used);
  return atls::make_context(ours, settings);
}

result<std::shared_ptr<client::gateway_attester>> open_attester(const troth_options& from) {
  auto gateway = connect_to_gateway(from);
  if (!gateway)
    return gateway.error();
  client::appraisal_options appraisal;
  appraisal.roots = text(from.appraisal_roots);
  appraisal.in_process = !appraisal.roots.empty();
  appraisal.policy = text(from.policy);
  auto appraise = client::open_appraiser(
    appraisal, [&] { return gateway; }, std::chrono::system_clock::now);
  if (!appraise)
    return appraise.error();
  return std::make_shared<client::gateway_attester>(
    *gateway, client::judge_by(*std::move(appraise)), report::encoding::cbor,
    appraisal.in_process ? client::peer_metadata::wanted : client::peer_metadata::kept_at_gateway);
}

atls::settings settings_from(const troth_options& from) {
  atls::settings out;
  out.attest = static_cast<atls::mode>(from.mode);
  out.signer = text(from.signer);
  out.deadline = std::chrono::milliseconds{from.deadline_ms};
  out.renewal.is = static_cast<atls::renewing>(from.renew);
  out.renewal.every = std::chrono::milliseconds{from.renew_every_ms};
  if (from.on_verdict != nullptr)
    out.on_verdict = [call = from.on_verdict, context = from.context](const atls::peer& who) {
      const auto signers = lines(who.verdict.signers);
      const troth_verdict verdict{who.verdict.is_trusted ? 1 : 0,
                                  who.verdict.reason.c_str(),
                                  signers.c_str(),
                                  who.address.c_str(),
                                  who.verdict.result.data(),
                                  who.verdict.result.size()};
      call(context, &verdict);
    };
  return out;
}

result<void> check(const void* first, const void* second, const void* third) {
  if (first == nullptr || second == nullptr || third == nullptr)
    return error{errc::internal, "an argument is NULL"};
  return {};
}

/// Returns nothing, or why a connection does not go on.
result<void> outcome(const troth_connection& of, const boost::system::error_code& why) {
  if (!why)
    return {};
  if (auto state = of.stream.state(); !state && state.error().code != errc::io)
    return state;
  return error{errc::io, "the connection: " + why.message()};
}

result<void> hand_over(result<atls::connection> made, troth_connection** out) {
  if (!made)
    return made.error();
  auto stream = *std::move(made);
  auto signers = lines(stream.who().verdict.signers);
  *out = new troth_connection{std::move(stream), std::move(signers)};
  return {};
}

/// C takes any number for an enumeration.
result<void> check_choices(int role, const troth_options& from) {
  if (role != TROTH_CLIENT && role != TROTH_SERVER)
    return error{errc::unsupported, "role: " + std::to_string(role)};
  if (from.mode < TROTH_MUTUAL || from.mode > TROTH_NOBODY)
    return error{errc::unsupported, "mode: " + std::to_string(from.mode)};
  if (from.renew < TROTH_NEVER || from.renew > TROTH_DEMANDED)
    return error{errc::unsupported, "renew: " + std::to_string(from.renew)};
  return {};
}

} // namespace

void troth_options_init(troth_options* options) {
  if (options == nullptr)
    return;
  *options = {};
  options->deadline_ms = 10'000;
}

int troth_open(int role, const troth_options* options, troth_side** out) {
  return guarded([&]() -> result<void> {
    if (auto good = check(options, out, out); !good)
      return good;
    if (auto good = check_choices(role, *options); !good)
      return good;
    const auto ours = role == TROTH_SERVER ? atls::side::server : atls::side::client;
    auto tls = open_tls(ours, *options);
    if (!tls)
      return tls.error();
    auto made = std::make_unique<troth_side>();
    made->ours = ours;
    made->tls = *std::move(tls);
    made->with = settings_from(*options);
    if (options->mode != TROTH_NOBODY) {
      auto attester = open_attester(*options);
      if (!attester)
        return attester.error();
      made->attester = *std::move(attester);
      made->with.with = made->attester;
    }
    *out = made.release();
    return {};
  });
}

void troth_free(troth_side* side) {
  delete side;
}

int troth_dial(troth_side* side, const char* host, const char* port, troth_connection** out) {
  return guarded([&]() -> result<void> {
    if (auto good = check(side, out, host); !good)
      return good;
    if (side->ours != atls::side::client)
      return error{errc::unsupported, "a server's side dials nobody"};
    return hand_over(atls::dial({host, text(port)}, side->tls, side->with), out);
  });
}

int troth_listen(troth_side* side, const char* host, const char* port, troth_listener** out) {
  return guarded([&]() -> result<void> {
    if (auto good = check(side, out, host); !good)
      return good;
    if (side->ours != atls::side::server)
      return error{errc::unsupported, "a client's side listens to nobody"};
    auto made = atls::listener::open({host, text(port)});
    if (!made)
      return made.error();
    *out = new troth_listener{*std::move(made), side};
    return {};
  });
}

uint16_t troth_port(const troth_listener* listener) {
  return listener == nullptr ? std::uint16_t{0} : listener->listening.port();
}

int troth_accept(troth_listener* listener, troth_connection** out) {
  return guarded([&]() -> result<void> {
    if (auto good = check(listener, out, out); !good)
      return good;
    const auto& side = *listener->side;
    return hand_over(listener->listening.accept(side.tls, side.with), out);
  });
}

void troth_stop(troth_listener* listener) {
  if (listener != nullptr)
    listener->listening.close();
}

void troth_listener_free(troth_listener* listener) {
  delete listener;
}

int troth_read(troth_connection* from, void* into, size_t size, size_t* got) {
  return guarded([&]() -> result<void> {
    if (auto good = check(from, into, got); !good)
      return good;
    boost::system::error_code why;
    *got = from->stream.read_some(boost::asio::buffer(into, size), why);
    return why == boost::asio::error::eof ? result<void>{} : outcome(*from, why);
  });
}

int troth_write(troth_connection* to, const void* data, size_t size) {
  return guarded([&]() -> result<void> {
    if (auto good = check(to, data, data); !good)
      return good;
    boost::system::error_code why;
    boost::asio::write(to->stream, boost::asio::buffer(data, size), why);
    return outcome(*to, why);
  });
}

int troth_renew(troth_connection* with) {
  return guarded([&]() -> result<void> {
    if (auto good = check(with, with, with); !good)
      return good;
    return with->stream.renew();
  });
}

const char* troth_peer_address(const troth_connection* with) {
  return with == nullptr ? "" : with->stream.who().address.c_str();
}

const char* troth_peer_fingerprint(const troth_connection* with) {
  return with == nullptr ? "" : with->stream.who().tls.fingerprint.c_str();
}

const char* troth_peer_signers(const troth_connection* with) {
  return with == nullptr ? "" : with->signers.c_str();
}

void troth_close(troth_connection* with) {
  if (with == nullptr)
    return;
  with->stream.close();
  delete with;
}

const char* troth_last_error(void) {
  return last_error.c_str();
}
