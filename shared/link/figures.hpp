#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace troth::link {

/// What is and was on the links with peers of one role.
struct traffic {
  std::atomic<std::uint64_t> connections = 0; ///< Open now.
  std::atomic<std::uint64_t> opened = 0;
  std::atomic<std::uint64_t> received_bytes = 0; ///< Without TLS.
  std::atomic<std::uint64_t> sent_bytes = 0;     ///< Likewise.
  std::atomic<std::uint64_t> outstanding = 0;    ///< Our requests that they have not answered.
};

/// What happened on the links of a process. Any thread may count and read.
class figures {
public:
  /// Returns the counters of a role, which live as long as this.
  traffic& of(const std::string& role);

  /// Counts a peer that did not get through its handshake, on either side.
  /// @param reason of a small fixed set.
  void refused_handshake(const std::string& reason);

  /// Counts a frame that did not get to CAF.
  /// @param rule the guard's.
  void refused_frame(const std::string& role, const std::string& rule);

  /// Says whether a file of ours cannot be used as it is now.
  void unusable_files(bool some) noexcept { has_unusable_files_ = some; }

  struct snapshot {
    struct role {
      std::uint64_t connections, opened, received_bytes, sent_bytes, outstanding;
    };
    std::map<std::string, role> roles;
    std::map<std::string, std::uint64_t> handshakes;                     // by reason
    std::map<std::pair<std::string, std::string>, std::uint64_t> frames; // by role and rule
    bool has_unusable_files = false;
  };
  snapshot read() const;

private:
  std::atomic<bool> has_unusable_files_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<traffic>> roles_;               // guarded by mutex_
  std::map<std::string, std::uint64_t> handshakes_;                     // guarded by mutex_
  std::map<std::pair<std::string, std::string>, std::uint64_t> frames_; // guarded by mutex_
};

} // namespace troth::link
