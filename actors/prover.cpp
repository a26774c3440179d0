#include "actors/prover.hpp"

#include "actors/metadata_refresh.hpp"
#include "actors/own_context.hpp"
#include "actors/status_refresh.hpp"
#include "shared/attesting/attestation.hpp"
#include "shared/protocol/ask.hpp"
#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace troth::actors {

namespace {

using namespace protocol;

using refresh_atom = caf::atom_constant<caf::atom("refresh")>;
using retry_atom = caf::atom_constant<caf::atom("retry")>;
using prover_handle
  = prover_actor::extend_with<report_maker_actor>::extend<caf::reacts_to<refresh_atom>,
                                                          caf::reacts_to<retry_atom>>;

constexpr std::chrono::seconds est_time{30};
constexpr std::chrono::seconds ready_time{5};
constexpr std::chrono::minutes status_time{2}; // for the client, whose own limit is shorter
constexpr std::chrono::seconds measure_time{30};
constexpr std::chrono::seconds update_time{60};
constexpr std::chrono::minutes keeper_time{5}; // whose own limits are shorter
constexpr std::chrono::milliseconds retry_pause{100};

/// Who waits for a report.
struct waiting {
  request_context of;
  attesting::report_wish wish;
  time_point deadline;
  caf::response_promise promise;
  bool is_of_us; // of this process: it takes the body as a whole
};

class prover {
public:
  prover(prover_handle::pointer self, const prover_options& options, const prover_ports& ports)
    : self_(self), options_(options), ports_(ports),
      host_(std::make_shared<host>(self, options.host, ports.random)),
      refresh_(ports.cache, ask_est(), note_refresh()) {
    host_->finishes_when_told();
    if (ports_.spawn_keeper) {
      keeper_ = ports_.spawn_keeper(caf::actor_cast<report_maker_actor>(self_));
      self_->link_to(keeper_);
    }
    ports_.cache->load();
    if (!ports_.status_client)
      return;
    ports_.status_answers->load();
    status_.emplace(ports_.status_answers, ask_status_servers());
  }

  const std::shared_ptr<host>& hosting() const { return host_; }

  caf::result<payload> attest(const attest_request& request, const request_context& of,
                              bool is_of_us = false) {
    auto wish = attesting::read_wish(protocol::to_bytes(request.nonce), request.encoding,
                                     request.cached);
    if (!wish)
      return to_caf(wish.error());
    if (queue_.size() > options_.max_waiting)
      return to_caf({errc::exhausted, "prover: too many requests"});
    const auto promise = self_->make_response_promise();
    host_->begins();
    queue_.push_back({of, *std::move(wish), deadline_of(request), promise, is_of_us});
    if (queue_.size() == 1)
      begin_next();
    return promise;
  }

  /// Has the driver that keeps the log of containers measure one.
  caf::result<payload> measure(const blob& container, const request_context& of) {
    if (!options_.container_driver)
      return to_caf({errc::not_found, "Measure: no driver keeps a log of containers"});
    auto promise = self_->make_response_promise<payload>();
    host_->begins();
    self_
      ->request(ports_.drivers.at(*options_.container_driver).handle, measure_time,
                measure_atom::value, container, of)
      .then(
        [this, promise, of](payload& event) mutable {
          promise.deliver(std::move(event));
          end("measure", "ok", of);
        },
        [this, promise, of](const caf::error& what) mutable {
          const auto why = from_peer(what, "driver");
          promise.deliver(to_caf(why));
          end("measure", name(why.code), of);
        });
    return promise;
  }

  /// Has the keeper do something with TLS keys.
  caf::result<payload> use_keys(const tls_key_request& request, const request_context& of) {
    if (!keeper_)
      return to_caf({errc::unsupported, "prover: keeps no TLS keys, since no EST server is known"});
    auto promise = self_->make_response_promise<payload>();
    host_->begins();
    protocol::ask<payload>(
      self_, keeper_, keeper_time,
      [this, promise, of](payload& answer) mutable {
        host_->give(promise, std::move(answer.media_type), std::move(answer.body));
        end("tls_keys", "ok", of);
      },
      [this, promise, of](const caf::error& what) mutable {
        const auto why = from_peer(what, "keeper");
        promise.deliver(to_caf(why));
        end("tls_keys", name(why.code), of);
      },
      tls_keys_atom::value, request, of);
    return promise;
  }

  /// Fetches what there is, or has the drivers do so, now.
  caf::result<readiness> update(const std::string& what, const request_context& of) {
    if (what == "certificates")
      return ask_all({true, {}}, begin_update(of), update_time, update_atom::value, of);
    if (what != "metadata" || (!ports_.est && !status_))
      return to_caf({errc::not_found, "Update: " + what});
    auto promise = self_->make_response_promise<readiness>();
    updates_.push_back([promise, end = begin_update(of)](const readiness& done) mutable {
      promise.deliver(done);
      end(done);
    });
    if (!is_refreshing_)
      start_refresh(of);
    return promise;
  }

  /// Asks all drivers whether they are.
  caf::result<readiness> ready() {
    return ask_all(
      metadata_readiness(), [](const readiness&) {}, ready_time, ready_atom::value);
  }

  /// Looks for new metadata, and whether what is there still is good, again and again.
  void refresh() {
    is_scheduled_ = false;
    if (!is_refreshing_ && (ports_.est || status_))
      start_refresh(own_context(ports_.random));
  }

  /// Asks again whoever was away.
  void retry() {
    const auto question = std::move(retries_.front());
    retries_.pop_front();
    question();
  }

private:
  static constexpr std::chrono::seconds refresh_retry_pause{2};

  /// Ends what has begun and is answered.
  void end(std::string_view what, std::string_view code, const request_context& of) {
    host_->tell(what, code, of);
    host_->ends();
  }

  /// Answers a request for a report that there is none.
  void refuse(waiting& whom, const error& why) {
    whom.promise.deliver(to_caf(why));
    end("attest", name(why.code), whom.of);
  }

  /// Returns what ends an update that begins here.
  std::function<void(const readiness&)> begin_update(const request_context& of) {
    host_->begins();
    return [this, of](const readiness& done) {
      end("update", done.is_ready ? "ok" : name(errc::unavailable), of);
    };
  }

  /// Asks all drivers one thing, and sums up. What an optional one says counts for nothing.
  template <class End, class... Ts>
  caf::result<readiness>
  ask_all(const readiness& ours, End end, std::chrono::seconds time, const Ts&... what) {
    auto promise = self_->make_response_promise<readiness>();
    struct poll {
      std::size_t open;
      readiness so_far{true, {}};
    };
    const auto all = std::make_shared<poll>(poll{ports_.drivers.size() + 1, {true, {}}});
    auto add = [all, promise, end](const std::string& whose, const readiness& one) mutable {
      if (!one.is_ready) {
        all->so_far.is_ready = false;
        all->so_far.reasons += (all->so_far.reasons.empty() ? "" : "\n") + whose + ": "
                               + one.reasons;
      }
      if (--all->open > 0)
        return;
      promise.deliver(all->so_far);
      end(all->so_far);
    };
    for (const auto& driver : ports_.drivers)
      self_->request(driver.handle, time, what...)
        .then(
          [=, &driver](const readiness& one) mutable {
            add(driver.name, driver.is_optional ? readiness{true, {}} : one);
          },
          [=, &driver](const caf::error& why) mutable {
            add(driver.name, {driver.is_optional, to_string(from_peer(why, driver.name))});
          });
    add("metadata", ours);
    return promise;
  }

  void start_refresh(const request_context& of) {
    is_refreshing_ = true;
    refresh_of_ = of;
    if (ports_.est)
      refresh_.run([this] { refresh_status(); });
    else
      refresh_status();
  }

  void refresh_status() {
    if (status_)
      status_->run(ports_.cache->items(), [this] { end_refresh(); });
    else
      end_refresh();
  }

  /// Tells who asked, and looks again after a pause, if that is not on its way already.
  void end_refresh() {
    is_refreshing_ = false;
    const auto& trouble = refresh_.trouble();
    for (auto& answer : std::exchange(updates_, {}))
      answer({trouble.empty(), trouble});
    const auto pause = trouble.empty() ? options_.refresh_pause
                                       : std::min(options_.refresh_pause, refresh_retry_pause);
    if (!std::exchange(is_scheduled_, true))
      self_->delayed_send(self_, pause, refresh_atom::value);
  }

  status_refresh::ports ask_status_servers() {
    return {ports_.status_servers,
            [this](const std::string& server, const bytes& request, auto then) {
              self_
                ->request(ports_.status_client, status_time, status_atom::value, server,
                          to_blob(request), refresh_of_)
                .then([then](const blob& answer) { then(protocol::to_bytes(answer)); },
                      [then](const caf::error& why) { then(from_peer(why, "status")); });
            },
            ports_.now, note_refresh()};
  }

  std::function<void(const std::string&)> note_refresh() const {
    return [this](const std::string& what) { ports_.note(what, refresh_of_); };
  }

  /// Returns all that a report may carry.
  attesting::metadata_sets metadata() const {
    attesting::metadata_sets out{&ports_.cache->items()};
    if (status_)
      out.push_back(&status_->answers());
    return out;
  }

  metadata_refresh::questions ask_est() {
    return {
      [this](auto then) {
        self_->request(ports_.est, est_time, metadata_atom::value, refresh_of_)
          .then([then](std::vector<metadata_entry>& entries) { then(std::move(entries)); },
                [then](const caf::error& why) { then(from_peer(why, "est")); });
      },
      [this](const std::string& digest, auto then) {
        self_->request(ports_.est, est_time, metadata_atom::value, digest, refresh_of_)
          .then([then](const payload& item) { then(protocol::to_bytes(item.body)); },
                [then](const caf::error& why) { then(from_peer(why, "est")); });
      },
    };
  }

  readiness metadata_readiness() const {
    if (!ports_.cache->items().empty() || (ports_.est && refresh_.has_succeeded()))
      return {true, {}};
    return {false, refresh_.trouble().empty() ? "none yet" : refresh_.trouble()};
  }

  time_point deadline_of(const attest_request& request) const {
    const auto ours = ports_.now() + options_.time;
    if (request.deadline_ms == 0)
      return ours;
    const std::chrono::milliseconds since_epoch{static_cast<std::int64_t>(
      std::min<std::uint64_t>(request.deadline_ms, INT64_MAX / 1'000'000))};
    return std::min(ours, time_point{since_epoch});
  }

  /// Makes the report that the first in the queue waits for.
  void begin_next() {
    while (!queue_.empty() && queue_.front().deadline <= ports_.now()) {
      refuse(queue_.front(), {errc::timeout, "prover: the deadline has passed"});
      queue_.pop_front();
    }
    if (queue_.empty())
      return;
    std::vector<attesting::attesting_driver> drivers;
    for (const auto& driver : ports_.drivers)
      drivers.push_back({driver.name, driver.is_optional});
    current_ = std::make_unique<attesting::attestation>(queue_.front().wish, options_.name,
                                                        std::move(drivers), metadata(),
                                                        ask_drivers());
    begun_ = ports_.now();
    current_->run([this](result<bytes> report) { finish(std::move(report)); });
  }

  void finish(result<bytes> report) {
    const auto done = std::move(current_); // until the end: it is what calls this
    auto first = std::move(queue_.front());
    queue_.pop_front();
    if (report)
      deliver(first, *report);
    else
      refuse(first, report.error());
    begin_next();
  }

  void deliver(waiting& to, const bytes& report) {
    const auto media_type = to.wish.encoded_as == report::encoding::json ? "application/json"
                                                                         : "application/cbor";
    if (to.is_of_us) {
      to.promise.deliver(payload{media_type, to_blob(report), {}, report.size()});
      return end("attest", "ok", to.of);
    }
    auto given = host_->give(media_type, to_blob(report));
    if (given.flag != caf::rt_value)
      return refuse(to, from_peer(given.err, "report"));
    to.promise.deliver(std::move(given.value));
    end("attest", "ok", to.of);
  }

  attesting::attestation::questions ask_drivers() {
    return {
      [this](std::size_t driver, auto then) {
        ask(
          driver, [](byte_view body) { return report::parse_collaterals(body); }, std::move(then),
          collateral_atom::value, queue_.front().of);
      },
      [this](std::size_t driver, const bytes& nonce, auto then) {
        ask(
          driver, [](byte_view body) { return report::parse_evidences(body); }, std::move(then),
          evidence_atom::value, to_blob(nonce), queue_.front().of);
      },
    };
  }

  template <class Parse, class Then, class... Ts>
  void ask(std::size_t driver, Parse parse, Then then, const Ts&... xs) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(queue_.front().deadline
                                                                            - ports_.now());
    // Never answered at once: an attestation that fails is gone before it has asked the others.
    self_
      ->request(ports_.drivers[driver].handle, std::max(left, std::chrono::milliseconds{1}), xs...)
      .then([=](const payload& answer) { then(parse(protocol::to_bytes(answer.body))); },
            [=, this](const caf::error& what) {
              const auto why = from_peer(what, "driver");
              if (is_worth_waiting(driver, why))
                later([=, this] { ask(driver, parse, then, xs...); });
              else
                then(why);
            });
  }

  /// A driver that restarts is back at once: better a late report than none.
  bool is_worth_waiting(std::size_t driver, const error& why) const {
    const auto now = ports_.now();
    return why.code == errc::unavailable && !ports_.drivers[driver].is_optional
           && now < begun_ + options_.patience && now + retry_pause < queue_.front().deadline;
  }

  void later(std::function<void()> question) {
    retries_.push_back(std::move(question)); // in order, since each waits as long
    self_->delayed_send(self_, retry_pause, retry_atom::value);
  }

  prover_handle::pointer self_;
  const prover_options options_;
  const prover_ports ports_;
  const std::shared_ptr<host> host_;
  key_keeper_actor keeper_; // none: nobody keeps TLS keys
  metadata_refresh refresh_;
  std::optional<status_refresh> status_;
  std::deque<waiting> queue_; // the first is being served
  std::unique_ptr<attesting::attestation> current_;
  time_point begun_; // when `current_` was
  std::deque<std::function<void()>> retries_;
  std::vector<std::function<void(const readiness&)>> updates_; // who waits for the refresh
  bool is_refreshing_ = false;
  request_context refresh_of_; // on whose behalf the last one is
  bool is_scheduled_ = false;  // the next refresh
};

prover_handle::behavior_type behave(prover_handle::pointer self, const prover_options& options,
                                    const prover_ports& ports) {
  const auto own = std::make_shared<prover>(self, options, ports);
  self->send(self, refresh_atom::value);
  return hosted<prover_handle>(
    own->hosting(), [own] { return own->ready(); },
    [own](attest_atom, const attest_request& request, const request_context& of) {
      return own->attest(request, of);
    },
    [own](measure_atom, const blob& container, const request_context& of) {
      return own->measure(container, of);
    },
    [own](update_atom, const std::string& what, const request_context& of) {
      return own->update(what, of);
    },
    [own](tls_keys_atom, const tls_key_request& request, const request_context& of) {
      return own->use_keys(request, of);
    },
    [own](report_atom, const attest_request& request, const request_context& of) {
      return own->attest(request, of, true);
    },
    [own](refresh_atom) { own->refresh(); }, [own](retry_atom) { own->retry(); });
}

} // namespace

prover_actor spawn_prover(caf::actor_system& system, prover_options options, prover_ports ports) {
  return system.spawn<caf::detached>(behave, std::move(options), std::move(ports));
}

prover_actor spawn_prover_shared(caf::actor_system& system, prover_options options,
                                 prover_ports ports) {
  return system.spawn(behave, std::move(options), std::move(ports));
}

} // namespace troth::actors
