#pragma once

#include "shared/atls/renewal.hpp"
#include "shared/atls/settings.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace troth::atls {

/// A connection that both sides may attest again on. It reads all the time, since a demand may come
/// when the application waits for nothing; all of it runs on the stream's executor, a strand.
class live_stream : public std::enable_shared_from_this<live_stream> {
public:
  using error_code = boost::system::error_code;
  using completion = std::function<void(error_code, std::size_t)>;
  using told_outcome = std::function<void(result<void>)>;

  /// @param loop what the stream runs on, if it is not the application's.
  live_stream(std::unique_ptr<tls_stream> stream, side ours, settings with, peer who,
              std::shared_ptr<void> loop);

  // Any thread calls these; they return at once.

  void begin();
  /// Takes what there is, at least a byte. One at a time; `then` is called on the strand.
  void read(boost::asio::mutable_buffer into, completion then);
  /// Sends some of it. One at a time; the bytes stay where they are until `then` is called.
  void write(boost::asio::const_buffer from, completion then);
  /// Has the peer prove itself by a challenge that is made from now on.
  void renew(told_outcome then);
  void close();

  /// Returns nothing while it lives, and then why it ended.
  result<void> state() const;

  tls_stream& stream() noexcept { return *stream_; }

private:
  void demand();
  void send_demand(std::vector<std::string> cached);
  void settle();
  void serve_wishes();
  void take_verdict(result<appraised> verdict);
  void conclude_demand();
  void read_more();
  void deliver();
  void flush();
  void end_reading(error_code how, error why);
  void leave();
  void cut();
  static void tell_waiting(std::vector<told_outcome>& whom, const result<void>& what);
  void set_interval();

  template <class T, class Use>
  attester::answer<T> on_strand(Use use);

  std::shared_ptr<void> loop_; // outlives what runs on it
  std::unique_ptr<tls_stream> stream_;
  const settings with_;
  peer who_;
  renewal machine_;
  boost::asio::steady_timer interval_;
  boost::asio::steady_timer deadline_;
  std::array<std::uint8_t, std::size_t{16} * 1024> received_{};
  bytes arrived_; // for the application
  std::size_t taken_ = 0;
  boost::asio::mutable_buffer read_into_;
  completion reader_;
  completion writer_; // of bytes that are not under way yet
  std::size_t written_ = 0;
  bytes outgoing_;
  std::vector<told_outcome> waiting_; // for the demand that is under way
  std::vector<told_outcome> next_;    // for the one after it
  error_code read_ends_;
  bool is_starting_ = false; // a demand, whose cached metadata is looked for
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_leaving_ = false;
  mutable std::mutex mutex_; // of what any thread may look at:
  result<void> state_;
};

} // namespace troth::atls
