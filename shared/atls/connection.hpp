#pragma once

#include "shared/atls/settings.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

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
//   if (made) {
//     auto with_device = *std::move(made);
//     boost::asio::write(with_device, boost::asio::buffer(text));
//   }

namespace troth::atls {

class live_stream;

/// The most of the application's bytes that one record of TLS holds.
/// @see RFC 8446, section 5.1.
inline constexpr std::size_t tls_record_bytes = SSL3_RT_MAX_PLAIN_LENGTH;

/// What one write of the application sends at most.
inline constexpr std::size_t max_write_bytes = 16 * tls_record_bytes;

/// The errors of an attested connection as Boost.System has them; each value is an `errc`.
const boost::system::error_category& failure_category() noexcept;

/// An attested connection: a stream as Boost.Asio and Boost.Beast want them, blocking and
/// asynchronous, one read and one write at a time. It ends with the object.
///
/// Where both sides may attest again (`renews`), it runs on its executor all the time: then the
/// blocking functions wait for it, and are not for code that runs there. What `dial` returns has a
/// thread of its own for it.
class connection {
public:
  using executor_type = boost::asio::any_io_executor;
  using lowest_layer_type = tls_stream::lowest_layer_type;
  using error_code = boost::system::error_code;

  connection(std::unique_ptr<tls_stream> stream, peer who);
  connection(std::shared_ptr<live_stream> stream, peer who);
  connection(connection&& other) noexcept;
  connection& operator=(connection&& other) noexcept;
  ~connection();

  executor_type get_executor() { return tls().get_executor(); }
  lowest_layer_type& lowest_layer() { return tls().lowest_layer(); }

  /// Returns who was there when the connection was made.
  const peer& who() const noexcept { return who_; }

  /// Returns whether both sides may have to attest again.
  bool renews() const noexcept { return live_ != nullptr; }

  /// Has the peer prove itself again, from now on, and waits for it.
  /// @returns `unsupported` if not `renews`; `forbidden` if the mode does not have it prove itself;
  ///          else the connection is closed, too: `untrusted`, `timeout` and what `renewal` has.
  result<void> renew();

  /// The same, without waiting. `then` is called once, on the connection's executor.
  void async_renew(std::function<void(result<void>)> then);

  /// Returns nothing, or why a connection that `renews` has ended.
  result<void> state() const;

  // An end that is no end of the peer's data has a code of `failure_category`: see `state`.

  template <class Buffers, class Error>
  std::size_t read_some(const Buffers& into, Error& why) {
    return live_ ? read_waiting(first_of<boost::asio::mutable_buffer>(into), why)
                 : stream_->read_some(into, why);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& into) {
    return or_throw([&](error_code& why) { return read_some(into, why); });
  }
  template <class Buffers, class Error>
  std::size_t write_some(const Buffers& from, Error& why) {
    const auto first = first_of<boost::asio::const_buffer>(from);
    if (live_)
      return write_waiting(first, why);
    return first.size() > tls_record_bytes ? write_records(first, why)
                                           : stream_->write_some(from, why); // it joins small ones
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& from) {
    return or_throw([&](error_code& why) { return write_some(from, why); });
  }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
      [this](auto handler, const Buffers& buffers) {
        if (live_)
          read_later(first_of<boost::asio::mutable_buffer>(buffers), shared(std::move(handler)));
        else
          stream_->async_read_some(buffers, std::move(handler));
      },
      token, into);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
      [this](auto handler, const Buffers& buffers) {
        const auto first = first_of<boost::asio::const_buffer>(buffers);
        if (live_)
          write_later(first, shared(std::move(handler)));
        else if (first.size() > tls_record_bytes)
          write_together(*stream_, boost::asio::buffer(first, max_write_bytes),
                         [then = shared(std::move(handler))](error_code why, std::size_t size) {
                           then(size > 0 ? error_code{} : why, size); // the next one says it
                         });
        else
          stream_->async_write_some(buffers, std::move(handler));
      },
      token, from);
  }

  /// Says that no more comes, and closes. Waits for nothing.
  void close() noexcept;

  /// Keeps something for as long as this lives, and a little longer.
  void keep(std::shared_ptr<void> what) { kept_ = std::move(what); }

private:
  using completion = std::function<void(error_code, std::size_t)>;

  /// Returns the first buffer that is not empty: as much as one operation is for.
  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers); each != end; ++each)
      if (Buffer out{*each}; out.size() > 0)
        return out;
    return {};
  }

  /// Makes a handler one that can be copied, and that runs where it wants to.
  template <class Handler>
  completion shared(Handler handler) {
    const auto on = boost::asio::get_associated_executor(handler, get_executor());
    return
      [work = boost::asio::make_work_guard(on), on,
       kept = std::make_shared<Handler>(std::move(handler))](error_code why, std::size_t size) {
        boost::asio::post(on, [kept, why, size] { std::move (*kept)(why, size); });
      };
  }

  template <class Call>
  static std::size_t or_throw(Call call) {
    error_code why;
    const auto size = call(why);
    if (why)
      throw boost::system::system_error{why};
    return size;
  }

  tls_stream& tls() const noexcept;
  std::size_t read_waiting(boost::asio::mutable_buffer into, error_code& why);
  std::size_t write_waiting(boost::asio::const_buffer from, error_code& why);
  void read_later(boost::asio::mutable_buffer into, completion then);
  void write_later(boost::asio::const_buffer from, completion then);
  std::size_t write_records(boost::asio::const_buffer from, error_code& why);

  std::shared_ptr<void> kept_;
  std::unique_ptr<tls_stream> stream_; // one of these
  std::shared_ptr<live_stream> live_;
  peer who_;
};

/// Says that no more comes, and closes. Waits for nothing.
/// @param is_writing something is half sent, behind which nothing can be said.
void close_now(tls_stream& stream, bool is_writing = false) noexcept;

/// Sends all of it, so that its records leave together: TCP waits for more meanwhile.
void write_together(tls_stream& stream, boost::asio::const_buffer from,
                    std::function<void(boost::system::error_code, std::size_t)> then);

/// Whom to dial.
struct address {
  std::string host; ///< A name, or an address in text; its certificate must be for it.
  std::string port; ///< 0 to 65535, in decimal.
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
///   `missing`, `malformed`  no TLS context, no port
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

/// Makes a connected socket on a loop, or says why there is none.
using socket_maker = std::function<result<boost::asio::ip::tcp::socket>(boost::asio::io_context&)>;

/// The same as `async_attest`, waiting for it.
result<connection> attest(const socket_maker& make, side ours, const std::string& host,
                          const tls_context& tls, const settings& with);

} // namespace troth::atls
