#pragma once

#include "services/gateway/audit_log.hpp"
#include "services/gateway/background_jobs.hpp"
#include "services/gateway/coap_door.hpp"
#include "services/gateway/grpc_door.hpp"
#include "services/gateway/operations.hpp"
#include "services/gateway/settings.hpp"
#include "services/run.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <optional>

namespace troth::services {

/// The process that serves REST and the reference's API, and asks provers and verifiers.
class gateway final : public service {
public:
  void define(configuration& keys) override;
  result<void> prepare(const common_options& chosen) override;
  std::vector<dialled_address> dials() const override;
  std::size_t threads() const override { return 1; } // its actors only pass on
  result<void> start(node& on) override;

private:
  operation_parts connect(node& on) const;
  result<void> open_audit(node& on);
  void note(node& on, const audit_entry& what) const;
  void note_key(node& on, const key_use& seen) const;
  result<void> open_rest(node& on);
  result<void> open_socket(node& on);
  result<void> open_grpc(node& on);
  result<void> open_coap(node& on);
  door_parts make_door(node& on) const;

  gateway_settings settings_;
  std::optional<caller_book> callers_;
  std::optional<caller_book> grpc_callers_;
  coap_addresses coap_at_;
  coap_callers coap_callers_;
  socket_addresses socket_at_;
  socket_callers socket_callers_;
  std::unique_ptr<audit_log> audit_;
  // These outlive the actors that answer them, and each the one above it.
  std::unique_ptr<boost::asio::thread_pool> workers_;
  std::optional<operations> operations_;
  std::unique_ptr<background_jobs> jobs_;
  std::shared_ptr<net::load> busy_ = std::make_shared<net::load>();
  std::unique_ptr<socket_door> socket_;
  std::unique_ptr<grpc_door> grpc_;
  std::unique_ptr<coap_door> coap_;
};

} // namespace troth::services
