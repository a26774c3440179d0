#include "shared/atls/handshake.hpp"

#include "shared/atls/told.hpp"

#include <utility>

namespace troth::atls {

namespace {

// What a peer may still send that did not know yet that we failed: its request, its response.
constexpr std::size_t max_messages_after_failure = 3;

std::optional<std::uint64_t> offered(const handshake::terms& ours) {
  if (ours.renew == renewing::never)
    return std::nullopt;
  return wire::atls::renewal_version;
}

} // namespace

handshake::handshake(const terms& ours, std::vector<std::string> cached)
  : terms_(ours), is_judged_(!is_attested(opposite(ours.ours), ours.attest)) {
  send(write_frame(wire::atls::request{ours.attest, std::move(cached), offered(ours)},
                   ours.encode_as));
}

void handshake::take(byte_view body) {
  if (is_failed_)
    return take_after_failure(body);
  switch (awaited_) {
  case message::request:
    return take_request(body);
  case message::response:
    return take_response(body);
  case message::complete:
    return take_complete(body);
  case message::none:
    return;
  }
}

std::size_t handshake::max_message_bytes() const noexcept {
  switch (awaited_) {
  case message::request:
    return wire::atls::max_request_bytes;
  case message::response:
    return is_judged_ ? wire::atls::max_complete_bytes
                      : wire::atls::max_response_bytes(terms_.max_report_bytes);
  case message::complete:
  case message::none:
    return wire::atls::max_complete_bytes;
  }
  return 0;
}

void handshake::take_request(byte_view body) {
  auto asked = wire::atls::read<wire::atls::request>(body);
  if (!asked)
    return refuse_reading(asked.error(), body);
  if (asked->attest != terms_.attest)
    return refuse({errc::forbidden, "aTLS request.attest: " + std::string{name(asked->attest)}
                                      + ", expected " + std::string{name(terms_.attest)}});
  renews_ = terms_.renew != renewing::never && asked->renewal == wire::atls::renewal_version;
  if (terms_.renew == renewing::demanded && !renews_)
    return refuse({errc::unsupported, "aTLS request: the peer cannot attest again"});
  awaited_ = message::response;
  if (is_attested(terms_.ours, terms_.attest))
    wished_report_ = std::move(asked->cached);
  else
    send_response({});
}

void handshake::take_response(byte_view body) {
  auto answer = wire::atls::read<wire::atls::response>(body);
  if (!answer)
    return refuse_reading(answer.error(), body);
  if (!answer->error.empty())
    return refuse(
      {errc::missing, "aTLS response.report: the peer has none: " + told(answer->error)});
  if (is_judged_ && !answer->report.empty())
    return refuse({errc::malformed, "aTLS response.report: is not asked for"});
  if (!is_judged_ && answer->report.empty())
    return refuse({errc::missing, "aTLS response.report"});
  if (answer->report.size() > terms_.max_report_bytes)
    return refuse({errc::too_large, "aTLS response.report: " + std::to_string(answer->report.size())
                                      + ", at most " + std::to_string(terms_.max_report_bytes)});
  awaited_ = message::complete;
  if (is_judged_)
    return conclude();
  wished_verdict_ = std::move(answer->report);
}

void handshake::take_complete(byte_view body) {
  const auto said = wire::atls::read<wire::atls::complete>(body);
  if (!said)
    return refuse(said.error());
  if (!said->success)
    return end_refused(*said);
  if (!is_answered_)
    return refuse({errc::malformed, "aTLS complete: before it has our response"});
  awaited_ = message::none; // it may have judged us before we have judged it
  settle();
}

void handshake::take_after_failure(byte_view body) {
  if (wire::atls::read<wire::atls::complete>(body)
      || ++messages_after_failure_ == max_messages_after_failure)
    awaited_ = message::none;
}

void handshake::refuse_reading(error why, byte_view body) {
  const auto refusal = wire::atls::read<wire::atls::complete>(body);
  if (refusal && !refusal->success)
    return end_refused(*refusal);
  refuse(std::move(why));
}

void handshake::end_refused(const wire::atls::complete& said) {
  end({errc::forbidden, "aTLS complete: the peer refuses: " + told(said.error)});
}

void handshake::end(error why) {
  refuse(std::move(why));
  awaited_ = message::none;
}

void handshake::refuse(error why) {
  if (is_failed_ || is_over())
    return;
  is_failed_ = true;
  if (is_concluded_) // what we said last is what it goes by
    awaited_ = message::none;
  else
    send(write_frame(wire::atls::complete{false, to_string(why)}, terms_.encode_as));
  outcome_ = std::move(why);
}

std::optional<std::vector<std::string>> handshake::take_report_wish() {
  return std::exchange(wished_report_, std::nullopt);
}

void handshake::give_report(result<bytes> ours) {
  if (is_failed_)
    return;
  if (!ours) {
    send_response({to_string(ours.error()), {}});
    return refuse(ours.error());
  }
  send_response({{}, *std::move(ours)});
}

std::optional<bytes> handshake::take_verdict_wish() {
  return std::exchange(wished_verdict_, std::nullopt);
}

void handshake::give_verdict(result<void> verdict) {
  if (is_failed_)
    return;
  if (!verdict)
    return refuse(verdict.error());
  is_judged_ = true;
  conclude();
}

void handshake::send_response(const wire::atls::response& ours) {
  send(write_frame(ours, terms_.encode_as));
  is_answered_ = true;
  conclude();
}

/// Says that we go on, once all of it is done.
void handshake::conclude() {
  const auto has_response = awaited_ == message::complete || awaited_ == message::none;
  if (!is_answered_ || !is_judged_ || !has_response)
    return;
  send(write_frame(wire::atls::complete{true, {}}, terms_.encode_as));
  is_concluded_ = true;
  settle();
}

void handshake::settle() {
  if (is_over())
    outcome_ = {};
}

void handshake::send(bytes frame) {
  outgoing_.insert(outgoing_.end(), frame.begin(), frame.end());
}

bytes handshake::take_outgoing() {
  return std::exchange(outgoing_, {});
}

} // namespace troth::atls
