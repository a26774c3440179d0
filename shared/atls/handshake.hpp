#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"
#include "shared/wire/atls.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::atls {

using wire::atls::mode;

/// Who of the two we are.
enum class side : std::uint8_t {
  client, ///< We dialled.
  server, ///< We listened.
};

constexpr side opposite(side of) noexcept {
  return of == side::client ? side::server : side::client;
}

/// Returns whether that side proves itself under that mode.
constexpr bool is_attested(side which, mode under) noexcept {
  return under == mode::mutual || under == (which == side::client ? mode::client : mode::server);
}

/// Whether both sides may have to attest again while the connection lives.
enum class renewing : std::uint8_t {
  never,    ///< As the reference: behind the handshake there is nothing but the application.
  offered,  ///< If the peer can, too.
  demanded, ///< A peer that cannot is refused.
};

/// What the exporter of the TLS connection is asked for: the nonce of that side's report. A report
/// of one side is none of the other, so that none can be reflected.
/// @see RFC 5705; RFC 8446, section 7.5. 32 bytes, with an empty context.
constexpr std::string_view exporter_label(side of) noexcept {
  return of == side::client ? "EXPORTER-CMC-Attestation-Client" : "EXPORTER-CMC-Attestation-Server";
}
inline constexpr std::size_t exported_bytes = 32;

/// Our half of what follows the TLS handshake: request, response, complete, of each side. It knows
/// no socket, no clock and nobody who attests: it says what it wants, and is given it.
///
/// Reports are made and judged while messages come and go, since a report is larger than what a
/// connection holds.
class handshake {
public:
  struct terms {
    side ours = side::client;
    mode attest = mode::mutual; ///< The peer must demand the same.
    report::encoding encode_as = report::encoding::cbor;
    std::size_t max_report_bytes = std::size_t{16} * 1024 * 1024;
    renewing renew = renewing::never;
  };

  /// Begins: our request is the first that `take_outgoing` returns.
  /// @param cached hex digests of the peer's metadata that we have.
  handshake(const terms& ours, std::vector<std::string> cached);

  /// Takes what the peer sent, without its length.
  void take(byte_view message);

  /// Returns whether a message of the peer is wanted. What it sends without that is the
  /// application's.
  bool wants_message() const noexcept { return awaited_ != message::none; }

  /// Returns how long that message may be, in bytes.
  std::size_t max_message_bytes() const noexcept;

  /// Ends it: the peer is told, and nothing more is wanted of it. For a message that is too long to
  /// be read, and for what befalls the connection.
  void end(error why);

  /// Returns once, when our report is wanted, which items of our metadata the peer has.
  std::optional<std::vector<std::string>> take_report_wish();

  /// Gives our report, or why there is none.
  void give_report(result<bytes> ours);

  /// Returns once, when it is to be judged, the peer's report.
  std::optional<bytes> take_verdict_wish();

  /// Gives the verdict on it: nothing, or why the peer is not trusted.
  void give_verdict(result<void> verdict);

  /// Returns, once it is over, whether `renewal` follows and not the bare application.
  bool renews() const noexcept { return renews_; }

  /// Returns what is to be sent, each message behind its length; empty if there is nothing now.
  bytes take_outgoing();

  /// Returns whether there is an outcome, and nothing more to read. What is outgoing is still to be
  /// sent.
  bool is_over() const noexcept { return !wants_message() && (is_failed_ || is_concluded_); }

  /// Returns whether there will be no agreement: `outcome` says why, before it is over too.
  bool has_failed() const noexcept { return is_failed_; }

  /// Returns once it is over: nothing, and the application may speak; or why it may not:
  ///   `unsupported`   it cannot attest again, which is demanded
  ///   `forbidden`     the peer demands another mode; or it refuses us, and says why
  ///   `missing`       it has to prove itself, and sent no report
  ///   what was given to `give_report`, `give_verdict`, `end`; what `wire::atls::read` returns
  const result<void>& outcome() const noexcept { return outcome_; }

private:
  enum class message : std::uint8_t { request, response, complete, none };

  void take_request(byte_view body);
  void take_response(byte_view body);
  void take_complete(byte_view body);
  void take_after_failure(byte_view body);
  /// Tells the peer, and passes over what it sent before it knew.
  void refuse(error why);
  /// Refuses what could not be read; or ends, if it is a refusal that came in its place.
  void refuse_reading(error why, byte_view body);
  void end_refused(const wire::atls::complete& said);
  void send_response(const wire::atls::response& ours);
  void conclude();
  void settle();
  void send(bytes frame);

  terms terms_;
  message awaited_ = message::request;
  std::optional<std::vector<std::string>> wished_report_;
  std::optional<bytes> wished_verdict_;
  bool renews_ = false;
  bool is_answered_ = false;  // our response is on its way
  bool is_judged_ = false;    // the peer has proved itself, or has not to
  bool is_concluded_ = false; // we said that we go on
  bool is_failed_ = false;
  std::size_t messages_after_failure_ = 0;
  result<void> outcome_ = error{errc::internal, "aTLS handshake: is not over"};
  bytes outgoing_;
};

} // namespace troth::atls
