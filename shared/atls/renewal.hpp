#pragma once

#include "shared/atls/handshake.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::atls {

/// What the exporter is asked for, with the challenge as its context: the nonce of that side's
/// report in answer to a demand. Who has the connection's keys alone cannot have it beforehand.
constexpr std::string_view renewal_label(side of) noexcept {
  return of == side::client ? "EXPORTER-Troth-Renewal-Client" : "EXPORTER-Troth-Renewal-Server";
}

/// Our half of a connection that both sides may attest again on: the application's bytes between
/// the messages of demands, reports and verdicts. As `handshake`, it knows no socket and no clock.
///
/// Each side demands for itself. What the application says meanwhile goes on.
class renewal {
public:
  explicit renewal(const handshake::terms& ours) : terms_(ours) {
    // nop
  }

  side ours() const noexcept { return terms_.ours; }

  /// Takes bytes of the connection, as they come. What fails shows in `has_failed`.
  void take(byte_view received);

  /// Returns what came for the application. Nothing after a failure.
  bytes take_data();

  /// Sends what the application says.
  void write(byte_view data);

  /// Demands the peer's proof.
  /// @param challenge `wire::atls::challenge_bytes` that nobody could foresee.
  /// @param cached hex digests of the peer's metadata that we have.
  /// @returns `conflict` while one is under way; `forbidden` if the mode does not have it prove
  ///          itself.
  result<void> demand(const bytes& challenge, std::vector<std::string> cached);

  /// Returns whether a demand of ours is under way.
  bool is_demanding() const noexcept { return !challenge_.empty(); }

  struct report_wish {
    bytes challenge;
    std::vector<std::string> cached; ///< What the peer has of our metadata.
  };

  /// Returns once, when our report is wanted, for what.
  std::optional<report_wish> take_report_wish();

  /// Gives our report, or why there is none: the peer ends the connection then.
  void give_report(result<bytes> ours);

  struct verdict_wish {
    bytes report;
    bytes challenge; ///< Ours, that it must answer.
  };

  /// Returns once, when it is to be judged, the peer's report.
  std::optional<verdict_wish> take_verdict_wish();

  /// Gives the verdict on it: nothing, or why the peer is not trusted any more.
  void give_verdict(result<void> verdict);

  /// Ends it: the peer is told. A no-op once it has failed.
  void end(error why);

  /// Returns what is to be sent; empty if there is nothing now.
  bytes take_outgoing();

  /// Returns whether nothing more is to be said or heard: `why` tells.
  bool has_failed() const noexcept { return !state_; }

  /// Returns nothing, or why it failed:
  ///   `forbidden`  the peer refuses us, and says why; or it demands what the mode does not have
  ///   `missing`    it has no report any more
  ///   `malformed`, `too_large` for what is no record or no message in its place
  ///   what was given to `give_verdict`, `end`; what `wire::atls::read` returns
  const result<void>& state() const noexcept { return state_; }

private:
  using kind = wire::atls::record;

  void take_part(std::uint8_t of, byte_view part);
  void take_message(kind of);
  void take_demand();
  void take_report();
  void take_verdict();
  void fail(error why);
  std::size_t max_message_bytes(kind of) const noexcept;
  void send(kind of, byte_view message);

  handshake::terms terms_;
  bytes received_;                 // not a whole record yet
  bytes message_;                  // the parts of one
  std::optional<kind> unfinished_; // of which
  bytes data_;
  bytes outgoing_;
  bytes challenge_;         // ours, while a demand of ours is under way
  bool is_judging_ = false; // its answer is here
  std::optional<report_wish> wished_report_;
  bool is_answering_ = false; // a demand of the peer, until it has our response
  bool awaits_verdict_ = false;
  std::optional<verdict_wish> wished_verdict_;
  result<void> state_;
};

} // namespace troth::atls
