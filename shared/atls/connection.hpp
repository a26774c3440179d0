#pragma once

#include "shared/atls/attester.hpp"
#include "shared/atls/handshake.hpp"
#include "shared/atls/tls_settings.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

// Attested TLS: a TLS 1.3 connection of which the application sees nothing before both sides have
// proved what they run, as far as the mode demands it.
//
//   const auto tls = make_context(side::client, {"roots.pem", "client.pem", "client.key"});
//   auto made = dial({"device.example", "4433"}, *tls, {.attest = mode::mutual, .with = gateway});
//   if (made)
//     boost::asio::write(*made, boost::asio::buffer(text));

namespace troth::atls {

/// Who is on the other side, and what became of its report.
struct peer {
  tls_peer tls;
  std::string address;      ///< `ADDRESS:PORT`
  bool is_attested = false; ///< The mode demanded its report, and it was judged.
  appraised verdict;        ///< If it was.
};

/// What a connection needs, beside TLS.
struct settings {
  mode attest = mode::mutual;     ///< Both sides must demand the same.
  std::shared_ptr<attester> with; ///< Not null, but for `mode::none`.
  bytes policies;                 ///< For the appraisal of the peer; empty: the verifier's own.
  report::encoding encode_as = report::encoding::cbor;
  std::size_t max_report_bytes = std::size_t{16} * 1024 * 1024;
  /// Of all of it: connecting, the TLS handshake, and both attestations.
  std::chrono::milliseconds deadline{std::chrono::seconds{10}};
  /// Called with each verdict on a peer, whatever it says, before the connection is there.
  std::function<void(const peer&)> on_verdict = {};
};

/// An attested connection: a stream as Boost.Asio and Boost.Beast want them, blocking and
/// asynchronous. It ends with the object.
class connection {
public:
  using executor_type = boost::asio::any_io_executor;
  using lowest_layer_type = tls_stream::lowest_layer_type;

  connection(std::unique_ptr<tls_stream> stream, peer who);

  executor_type get_executor() { return stream_->get_executor(); }
  lowest_layer_type& lowest_layer() { return stream_->lowest_layer(); }

  const peer& who() const noexcept { return who_; }

  template <class Buffers, class Error>
  std::size_t read_some(const Buffers& into, Error& why) {
    return stream_->read_some(into, why);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& into) {
    return stream_->read_some(into);
  }
  template <class Buffers, class Error>
  std::size_t write_some(const Buffers& from, Error& why) {
    return stream_->write_some(from, why);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& from) {
    return stream_->write_some(from);
  }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return stream_->async_read_some(into, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return stream_->async_write_some(from, std::forward<Token>(token));
  }

  /// Says that no more comes, and closes. Waits for nothing.
  void close() noexcept;

  /// Keeps something for as long as this lives, and a little longer.
  void keep(std::shared_ptr<void> what) { kept_ = std::move(what); }

private:
  std::shared_ptr<void> kept_;
  std::unique_ptr<tls_stream> stream_;
  peer who_;
};

/// Whom to dial.
struct address {
  std::string host; ///< A name, or an address in text; its certificate must be for it.
  std::string port;
};

/// Something that is under way, and may be given up.
class attempt {
public:
  attempt() = default;
  explicit attempt(std::function<void()> give_up) : give_up_(std::move(give_up)) {
    // nop
  }

  /// Ends it with `unavailable`, unless it is over. Any thread may.
  void cancel() const {
    if (give_up_)
      give_up_();
  }

private:
  std::function<void()> give_up_;
};

/// Called once, on the connection's executor.
///   `unavailable`  nobody there, or cancelled
///   `timeout`      not done before the deadline
///   `untrusted`    the peer's certificate or its report is refused
///   `io`           the connection broke
///   and what `handshake::outcome` has
using connected = std::function<void(result<connection>)>;

/// Dials, and hands over the connection when both sides have proved themselves.
/// @param on what it runs on must outlive what the attester still does, if it is given up.
attempt async_dial(const boost::asio::any_io_executor& on, const address& to,
                   const tls_context& tls, const settings& with, connected then);

/// The same for a connection that was accepted, or made otherwise.
/// @param ours which side of TLS is ours.
/// @param host whom the peer's certificate must be for; empty: anybody under the roots.
attempt async_attest(boost::asio::ip::tcp::socket socket, side ours, const std::string& host,
                     const tls_context& tls, const settings& with, connected then);

/// The same as `async_dial`, waiting for it.
/// @note Reads and writes of what it returns block; use `async_dial` for others.
result<connection> dial(const address& to, const tls_context& tls, const settings& with);

} // namespace troth::atls
