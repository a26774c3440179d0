#pragma once

namespace troth::services::net {

/// A handle on a connection under way.
class connection_handle {
public:
  virtual ~connection_handle() = default;

  /// Ends it, at once if it waits for a request, else after the answer. Any thread may call.
  virtual void stop() = 0;
};

} // namespace troth::services::net
