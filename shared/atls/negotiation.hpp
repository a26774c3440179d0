#pragma once

#include "shared/atls/connection.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troth::atls {

/// One connection on its way: TLS, and then the handshake of attestation. All of it runs on the
/// socket's executor, which is a strand.
class negotiation : public std::enable_shared_from_this<negotiation> {
public:
  negotiation(boost::asio::ip::tcp::socket socket, side ours, std::string host, tls_context tls,
              settings with, connected then);

  /// Counts from now: what comes before `begin`, too.
  void set_deadline();

  /// Keeps what the socket runs on for as long as this lives.
  void keep(std::shared_ptr<void> loop) { loop_ = std::move(loop); }

  boost::asio::ip::tcp::socket& socket() { return stream_->next_layer(); }

  /// Begins on a connected socket.
  void begin();

  /// Returns whether it is not over.
  bool is_under_way() const noexcept { return then_ != nullptr; }

  /// Ends it, and tells. A no-op once it is over.
  void fail(error why);

private:
  using error_code = boost::system::error_code;

  void await_timer();
  result<void> expect_host();
  void shake_hands();
  void look_for_cached();
  void begin_attestation(std::vector<std::string> cached);
  /// Does what the handshake wants now.
  void go_on();
  void serve_wishes();
  void write();
  void read_header();
  void take_header();
  void read_body(std::size_t size);
  void finish();
  void end_failed(error why);
  void tell(result<connection> outcome);
  void take_verdict(result<appraised> verdict);

  /// Returns a function that gives an answer to `member` on the strand.
  template <class T, class Use>
  attester::answer<T> on_strand(Use use);

  std::shared_ptr<void> loop_; // outlives what runs on it
  std::unique_ptr<tls_stream> stream_;
  boost::asio::steady_timer timer_;
  const side ours_;
  const std::string host_;
  const tls_context tls_;
  const settings with_;
  connected then_; // empty once it was told
  peer who_;
  std::optional<handshake> machine_;
  bytes outgoing_;
  bool is_leaving_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;
  std::array<std::uint8_t, wire::atls::frame_header_bytes> header_{};
  bytes body_;
};

} // namespace troth::atls
