#pragma once

#include "shared/link/arrivals.hpp"
#include "shared/link/figures.hpp"
#include "shared/link/guard.hpp"
#include "shared/link/node_claims.hpp"
#include "shared/link/side.hpp"

#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream.hpp>
#include <caf/io/scribe.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troth::link {

/// What all connections of a process share, and which outlives them.
struct connection_rules {
  guard_limits frames;
  std::size_t max_backlog_bytes = std::size_t{64} * 1024
                                  * 1024;         ///< For a peer that reads too little.
  std::chrono::milliseconds farewell_time{1'000}; ///< For what is left to be sent at the end.
  std::shared_ptr<figures> counts;
  std::function<void(const std::string& what)> note; ///< Called from CAF's thread.
};

/// One established connection, as CAF's broker drives it: all in the thread of CAF's multiplexer.
///
/// What the peer sends passes the guard first. What we send is read along, so that the guard knows
/// what we asked; when the connection is lost, each request that has no answer yet fails at once.
class connection final : public caf::io::scribe {
public:
  connection(caf::io::network::default_multiplexer& loop, established&& from, side ours,
             std::shared_ptr<const connection_rules> rules, std::shared_ptr<node_claims> claims);
  ~connection() override;

  // -- of scribe and what is below it
  void configure_read(caf::io::receive_policy::config config) override;
  void ack_writes(bool enable) override;
  std::vector<char>& wr_buf() override;
  std::vector<char>& rd_buf() override;
  void flush() override;
  void graceful_shutdown() override;
  std::string addr() const override { return life_->address(); }
  std::uint16_t port() const override { return 0; }
  void add_to_loop() override;
  void remove_from_loop() override;
  bool consume(caf::execution_unit* context, const void* data, std::size_t size) override;

protected:
  void detach_from(caf::io::abstract_broker* broker) override;

private:
  enum class awaited : std::uint8_t { header, payload, skipped };

  /// CAF's stream over a channel.
  class stream final : public caf::io::network::stream {
  public:
    stream(caf::io::network::default_multiplexer& loop, int fd, std::unique_ptr<channel> bytes,
           traffic& counts);

    void handle_event(caf::io::network::operation what) override;

    /// Whether CAF waits for the socket to take something.
    bool is_writing() const noexcept { return state_.writing; }

    /// Writes of what is not CAF's yet what the socket takes at once.
    void write_ahead();

    // What CAF's loops call.
    caf::io::network::rw_state read_some(std::size_t& size, int fd, void* to, std::size_t room);
    caf::io::network::rw_state write_some(std::size_t& size, int fd, const void* from,
                                          std::size_t count);
    bool must_read_more(int fd, std::size_t wanted) const;

  private:
    std::unique_ptr<channel> bytes_;
    traffic& counts_;
  };

  verdict judge(byte_view data);
  void read_along();
  bool is_last_in_turn();
  void fail_pending(caf::io::abstract_broker& broker);
  void count_pending();

  const std::shared_ptr<const connection_rules> rules_;
  const std::shared_ptr<node_claims> claims_;
  const std::shared_ptr<lifeline> life_;
  traffic& counts_;
  guard guard_;
  stream stream_;
  awaited next_ = awaited::header;
  std::size_t known_bytes_ = 0; // of wr_buf, whose frames were read along
  std::size_t counted_pending_ = 0;
  bool is_launched_ = false;
  bool has_greeted_ = false;
  bool is_cut_ = false;
};

} // namespace troth::link
