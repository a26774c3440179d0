#pragma once

#include "services/gateway/door.hpp"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

namespace troth::services {

/// One gRPC request under way: it ends once, whoever ends it.
class grpc_call {
public:
  /// @param trace `traceparent` as it came.
  grpc_call(const door_parts& door, grpc::ServerUnaryReactor* reactor, wire::cmc::operation which,
            std::size_t received_bytes, std::string_view trace);

  /// Notes who asks. @returns what goes on to others.
  origin is_from(const caller& who) {
    seen_.client = who.name;
    return {who, {seen_.id, seen_.trace}};
  }

  /// Counts the request as one of its caller's. @returns whether it may have another.
  /// @pre `is_from`
  bool is_granted();

  /// Takes what the request may use of what all share. @returns whether that is there.
  bool take_shares();

  /// Ends with an error.
  void refuse(const error& why);

  /// Has `fill` write the response, and ends, unless it has ended already.
  void succeed(std::size_t sent_bytes, const std::function<void()>& fill);

private:
  void finish(const grpc::Status& status);

  const door_parts& door_;
  grpc::ServerUnaryReactor* const reactor_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  bool is_over_ = false;  // guarded by mutex_
  door_observation seen_; // likewise, once the call is open to others
  std::unique_ptr<net::concurrency_limiter::grant> grant_;
  std::optional<net::share> busy_;
  std::optional<net::share> held_;
};

/// The calls that have not ended.
class open_calls {
public:
  void add(const std::shared_ptr<grpc_call>& one);
  void remove(const std::shared_ptr<grpc_call>& one);
  bool is_empty() const;

  /// Ends all of them with an error.
  void refuse_all(const error& why);

private:
  mutable std::mutex mutex_;
  std::set<std::shared_ptr<grpc_call>> all_; // guarded by mutex_
};

} // namespace troth::services
