#pragma once

#include "services/gateway/coap_body.hpp"
#include "services/gateway/coap_callers.hpp"
#include "services/gateway/door.hpp"

#include <coap3/coap.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troth::services {

/// The requests of a CoAP door that are under way. All but `finish` runs in the door's own thread,
/// called by the library: it is not to be called from two.
class coap_exchanges {
public:
  /// @param wake has the door's thread call `deliver`; any thread may call it.
  coap_exchanges(coap_callers who, door_parts door, std::function<void()> wake)
    : who_(std::move(who)), door_(std::move(door)), wake_(std::move(wake)) {
    // nop
  }

  /// Has the library answer these operations at `context`.
  void serve(coap_context_t* context);

  /// Has the library send the answers that have come.
  void deliver();

  void refuse_new() { is_stopping_ = true; }
  bool is_idle() const noexcept { return pending_.empty(); }

  /// Notes whose certificate the other side of a session has shown. It was verified.
  void is_shown(const coap_session_t* session, byte_view certificate);

  void is_gone(const coap_session_t* session) { sessions_.erase(session); }

private:
  struct upload {
    coap_body body;
    std::unique_ptr<net::share> held;
  };
  struct session_state {
    credentials shown;
    std::map<wire::cmc::operation, upload> uploads;
  };
  struct pending_request {
    coap_async_t* token; ///< The library's, until the answer is sent.
    coap_mid_t message;  ///< Of the request.
    coap_pdu_type_t type;
    report::encoding as;
    door_observation seen;
    std::chrono::steady_clock::time_point begun;
    std::unique_ptr<net::concurrency_limiter::grant> grant;
    std::unique_ptr<net::share> busy;
    std::unique_ptr<net::share> held;
    std::optional<result<bytes>> answer;
  };
  struct incoming {
    coap_resource_t* resource;
    coap_session_t* session;
    const coap_pdu_t* request;
    const coap_string_t* query;
    coap_pdu_t* response;
    wire::cmc::operation which;
  };

  static void on_post(coap_resource_t* resource, coap_session_t* session, const coap_pdu_t* request,
                      const coap_string_t* query, coap_pdu_t* response);
  std::optional<caller> find_caller(const coap_session_t* session);
  void handle(const incoming& in);
  void handle_block(const incoming& in, const caller& who);
  void begin(const incoming& in, const caller& who, upload whole);
  static void acknowledge(const incoming& in, const pending_request& with);
  void answer(const incoming& in, pending_request& with);
  void refuse(const incoming& in, const error& why, std::optional<std::uint8_t> code = {});
  void finish(std::uint64_t id, result<bytes> made);
  door_observation observation_of(const incoming& in, const caller& who) const;

  const coap_callers who_;
  const door_parts door_;
  const std::function<void()> wake_;
  bool is_stopping_ = false;
  std::uint64_t last_id_ = 0;
  std::map<const coap_session_t*, session_state> sessions_;
  std::map<std::uint64_t, pending_request> pending_;
  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, result<bytes>>> finished_; // guarded by mutex_
};

} // namespace troth::services
