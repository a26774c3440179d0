#include "shared/atls/renewal.hpp"

#include "shared/atls/told.hpp"

#include <algorithm>
#include <utility>

namespace troth::atls {

namespace {

using wire::atls::frame_header_bytes;
using wire::atls::max_record_bytes;
using wire::atls::more_follows;

void append(bytes& to, byte_view what) {
  to.insert(to.end(), what.begin(), what.end());
}

void append_record(bytes& to, std::uint8_t of, byte_view body) {
  to.push_back(of);
  for (const auto shift : {16U, 8U, 0U})
    to.push_back(static_cast<std::uint8_t>(body.size() >> shift));
  append(to, body);
}

/// A message without its length: records have one.
template <class Message>
bytes body_of(const Message& from, report::encoding as) {
  auto out = wire::atls::write_frame(from, as);
  out.erase(out.begin(), out.begin() + frame_header_bytes);
  return out;
}

} // namespace

void renewal::take(byte_view received) {
  const auto had_part = !received_.empty();
  if (had_part)
    append(received_, received);
  auto rest = had_part ? byte_view{received_} : received;
  while (!has_failed() && rest.size() >= frame_header_bytes) {
    const auto length = wire::atls::length_in(rest);
    const std::size_t size = length & 0xffffffU;
    if (size > max_record_bytes)
      return fail({errc::too_large, "aTLS record: " + std::to_string(size) + " bytes, at most "
                                      + std::to_string(max_record_bytes)});
    if (rest.size() < frame_header_bytes + size)
      break;
    take_part(static_cast<std::uint8_t>(length >> 24U), rest.subspan(frame_header_bytes, size));
    rest = rest.subspan(frame_header_bytes + size);
  }
  if (had_part)
    received_.erase(received_.begin(), received_.end() - static_cast<std::ptrdiff_t>(rest.size()));
  else
    append(received_, rest);
}

void renewal::take_part(std::uint8_t of, byte_view part) {
  const auto is = static_cast<kind>(of & ~more_follows);
  if (of == static_cast<std::uint8_t>(kind::data))
    return append(data_, part);
  if (is == kind::data || is > kind::verdict || (unfinished_ && *unfinished_ != is))
    return fail({errc::malformed, "aTLS record: kind " + std::to_string(of)});
  append(message_, part);
  if (message_.size() > max_message_bytes(is))
    return fail({errc::too_large,
                 "aTLS message: at most " + std::to_string(max_message_bytes(is)) + " bytes"});
  unfinished_ = is;
  if ((of & more_follows) != 0)
    return;
  unfinished_.reset();
  take_message(is);
  message_.clear();
}

std::size_t renewal::max_message_bytes(kind of) const noexcept {
  if (of == kind::demand)
    return wire::atls::max_request_bytes;
  return of == kind::report && is_demanding()
           ? wire::atls::max_response_bytes(terms_.max_report_bytes)
           : wire::atls::max_complete_bytes;
}

void renewal::take_message(kind of) {
  switch (of) {
  case kind::demand:
    return take_demand();
  case kind::report:
    return take_report();
  case kind::verdict:
    return take_verdict();
  case kind::data:
    break;
  }
}

void renewal::take_demand() {
  auto asked = wire::atls::read<wire::atls::demand>(message_);
  if (!asked)
    return fail(asked.error());
  if (!is_attested(terms_.ours, terms_.attest))
    return fail({errc::forbidden, "aTLS demand: we have nothing to prove"});
  if (is_answering_ || awaits_verdict_)
    return fail({errc::malformed, "aTLS demand: before the verdict of the last"});
  is_answering_ = true;
  wished_report_ = report_wish{std::move(asked->challenge), std::move(asked->cached)};
}

void renewal::take_report() {
  auto answer = wire::atls::read<wire::atls::response>(message_);
  if (!answer)
    return fail(answer.error());
  if (!is_demanding() || is_judging_)
    return fail({errc::malformed, "aTLS response: is not asked for"});
  if (!answer->error.empty())
    return fail({errc::missing, "aTLS response.report: the peer has none: " + told(answer->error)});
  if (answer->report.empty())
    return fail({errc::missing, "aTLS response.report"});
  if (answer->report.size() > terms_.max_report_bytes)
    return fail({errc::too_large, "aTLS response.report: " + std::to_string(answer->report.size())
                                    + ", at most " + std::to_string(terms_.max_report_bytes)});
  is_judging_ = true;
  wished_verdict_ = verdict_wish{std::move(answer->report), challenge_};
}

void renewal::take_verdict() {
  const auto said = wire::atls::read<wire::atls::complete>(message_);
  if (!said)
    return fail(said.error());
  if (!said->success) { // also without a question: it ends the connection, and says why
    state_ = error{errc::forbidden, "aTLS complete: the peer refuses: " + told(said->error)};
    data_.clear();
    return;
  }
  if (!awaits_verdict_)
    return fail({errc::malformed, "aTLS complete: there is no report of ours to judge"});
  awaits_verdict_ = false;
}

bytes renewal::take_data() {
  return std::exchange(data_, {});
}

void renewal::write(byte_view data) {
  const auto records = data.size() / max_record_bytes + 1;
  outgoing_.reserve(outgoing_.size() + data.size() + records * frame_header_bytes);
  for (; !data.empty() && !has_failed();) {
    const auto part = data.first(std::min(data.size(), max_record_bytes));
    append_record(outgoing_, static_cast<std::uint8_t>(kind::data), part);
    data = data.subspan(part.size());
  }
}

result<void> renewal::demand(const bytes& challenge, std::vector<std::string> cached) {
  if (has_failed())
    return state_;
  if (!is_attested(opposite(terms_.ours), terms_.attest))
    return error{errc::forbidden,
                 "aTLS demand: in mode " + std::string{name(terms_.attest)} + ", of this peer"};
  if (is_demanding())
    return error{errc::conflict, "aTLS demand: one is under way"};
  challenge_ = challenge;
  send(kind::demand, body_of(wire::atls::demand{challenge, std::move(cached)}, terms_.encode_as));
  return {};
}

std::optional<renewal::report_wish> renewal::take_report_wish() {
  return std::exchange(wished_report_, std::nullopt);
}

void renewal::give_report(result<bytes> ours) {
  if (has_failed() || !is_answering_)
    return;
  is_answering_ = false;
  awaits_verdict_ = true;
  const auto answer = ours ? wire::atls::response{{}, *std::move(ours)}
                           : wire::atls::response{to_string(ours.error()), {}};
  send(kind::report, body_of(answer, terms_.encode_as));
}

std::optional<renewal::verdict_wish> renewal::take_verdict_wish() {
  return std::exchange(wished_verdict_, std::nullopt);
}

void renewal::give_verdict(result<void> verdict) {
  if (has_failed() || !is_judging_)
    return;
  if (!verdict)
    return fail(verdict.error());
  is_judging_ = false;
  challenge_.clear();
  send(kind::verdict, body_of(wire::atls::complete{true, {}}, terms_.encode_as));
}

void renewal::end(error why) {
  fail(std::move(why));
}

/// The peer is told, and the application gets nothing more.
void renewal::fail(error why) {
  if (has_failed())
    return;
  send(kind::verdict, body_of(wire::atls::complete{false, to_string(why)}, terms_.encode_as));
  state_ = std::move(why);
  data_.clear();
}

void renewal::send(kind of, byte_view message) {
  while (message.size() > max_record_bytes) {
    append_record(outgoing_, static_cast<std::uint8_t>(of) | more_follows,
                  message.first(max_record_bytes));
    message = message.subspan(max_record_bytes);
  }
  append_record(outgoing_, static_cast<std::uint8_t>(of), message);
}

bytes renewal::take_outgoing() {
  return std::exchange(outgoing_, {});
}

} // namespace troth::atls
