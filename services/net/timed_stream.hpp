#pragma once

#include "services/net/connection_handle.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace troth::services::net {

using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// The half of a connection that knows nothing of what is said on it: it gives each step its time,
/// and hangs up so that the client gets to read the last answer. All of it runs on the socket's
/// strand.
template <class Stream>
class timed_stream : public connection_handle,
                     public std::enable_shared_from_this<timed_stream<Stream>> {
protected:
  using error_code = boost::system::error_code;
  using milliseconds = std::chrono::milliseconds;

  static constexpr bool is_tls = std::is_same_v<Stream, tls_stream>;
  static constexpr std::size_t max_buffer_bytes = std::size_t{64} * 1024; // beside the body

  explicit timed_stream(Stream stream)
    : stream_(std::move(stream)), timer_(stream_.get_executor()) {
    // nop
  }

  /// Gives what is begun next this much time: then it ends with an error, and `is_late`.
  void arm(milliseconds time) {
    is_late_ = false;
    set_alarm(time, ++alarms_);
  }

  /// Lets what is begun next take its time.
  void disarm() {
    ++alarms_;
    timer_.cancel();
  }

  bool is_late() const noexcept { return is_late_; }

  /// Ends the connection, once the client has had the time to read what was sent.
  void hang_up() {
    if constexpr (is_tls) {
      arm(drain_time);
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->half_close(); });
    } else {
      half_close();
    }
  }

  Stream stream_;
  boost::beast::flat_buffer buffer_{max_buffer_bytes};

private:
  // What a client may still send after its last answer.
  static constexpr std::size_t max_drained_bytes = std::size_t{256} * 1024 * 1024;
  static constexpr milliseconds drain_time{5'000};
  /// One cancellation may come between two parts of a step: then the next one ends it.
  static constexpr milliseconds again{100};

  void set_alarm(milliseconds time, std::uint64_t number) {
    timer_.expires_after(time); // cancels the last one
    // Weak, so that a connection that has ended does not wait for its alarm.
    timer_.async_wait([weak = this->weak_from_this(), number](error_code why) {
      const auto self = weak.lock();
      if (why || !self || number != self->alarms_)
        return;
      self->is_late_ = true;
      error_code ignored;
      self->stream_.lowest_layer().cancel(ignored);
      self->set_alarm(again, number);
    });
  }

  void half_close() {
    error_code ignored;
    stream_.lowest_layer().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    arm(drain_time);
    drain(0);
  }

  /// Reads what the client still sends, and throws it away: a connection that is closed with
  /// unread bytes takes the answer with it.
  void drain(std::size_t so_far) {
    buffer_.clear();
    socket().async_read_some(buffer_.prepare(max_buffer_bytes),
                             [self = this->shared_from_this(), so_far](error_code why,
                                                                       std::size_t size) {
                               if (!why && so_far + size < max_drained_bytes && !self->is_late_)
                                 self->drain(so_far + size);
                             });
  }

  auto& socket() {
    if constexpr (is_tls)
      return stream_.next_layer();
    else
      return stream_;
  }

  boost::asio::steady_timer timer_;
  std::uint64_t alarms_ = 0;
  bool is_late_ = false;
};

} // namespace troth::services::net
