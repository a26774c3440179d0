#include "tools/metatool/inspect.hpp"

#include "shared/evidence/ima/ascii.hpp"

#include <algorithm>
#include <array>

namespace troth::metatool {

namespace {

using terminal::sheet;

bool begins_with(byte_view input, std::initializer_list<std::uint8_t> first) {
  return input.size() >= first.size() && std::equal(first.begin(), first.end(), input.begin());
}

bool is_json(byte_view input) {
  const auto* const at = std::ranges::find_if(input, [](std::uint8_t byte) {
                           return byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t';
                         }).base();
  return at != input.data() + input.size() && *at == '{';
}

bool is_cbor_map(byte_view input) {
  return !input.empty() && input[0] >> 5 == 5;
}

/// By the first bytes, the kind whose parser's complaints are worth reading.
subject guess(byte_view input) {
  if (is_json(input) || is_cbor_map(input))
    return report::parse_report(input) ? subject::report : subject::metadata;
  if (begins_with(input, {0xd8, 98})) // the tag of COSE_Sign
    return subject::metadata;
  // Both logs begin with a PCR in 4 bytes, a boot log with EV_NO_ACTION or a SHA-1 event of PCR 0,
  // an IMA list with one of PCR 10 unless it is configured otherwise.
  if (evidence::ima::is_ascii_list(input) || begins_with(input, {10, 0, 0, 0}))
    return subject::ima_list;
  if (input.size() > 8 && input[0] < 24 && input[1] == 0 && input[2] == 0 && input[3] == 0)
    return evidence::ima::parse_list(input) ? subject::ima_list : subject::event_log;
  return subject::guess;
}

result<void> show_report(sheet& out, byte_view input, const inspect_options& options) {
  const auto parsed = report::parse_report(input);
  if (!parsed)
    return parsed.error();
  show(out, *parsed, options);
  return {};
}

result<void> show_metadata(sheet& out, byte_view input, const inspect_options& options) {
  const auto message = report::parse_signed(input);
  if (message)
    show(out, *message, options);
  const auto item = report::parse_metadata(message ? byte_view{message->payload} : input);
  if (!item)
    return item.error();
  if (!message)
    out.heading("Not signed");
  show(out, *item, options);
  return {};
}

result<void> show_event_log(sheet& out, byte_view input, const inspect_options& options) {
  const auto parsed = evidence::eventlog::parse_event_log(input, evidence::eventlog::log_kind::tpm);
  if (!parsed)
    return parsed.error();
  show(out, *parsed, options);
  return {};
}

result<void> show_ima_list(sheet& out, byte_view input, const inspect_options& options) {
  bytes binary = copy(input);
  if (evidence::ima::is_ascii_list(input)) {
    auto converted = evidence::ima::binary_from_ascii(input);
    if (!converted)
      return converted.error();
    binary = *std::move(converted);
  }
  const auto parsed = evidence::ima::parse_list(binary);
  if (!parsed)
    return parsed.error();
  show(out, std::span{*parsed}, options);
  return {};
}

result<void> show_as(subject kind, sheet& out, byte_view input, const inspect_options& options) {
  switch (kind) {
  case subject::report:
    return show_report(out, input, options);
  case subject::metadata:
    return show_metadata(out, input, options);
  case subject::event_log:
    return show_event_log(out, input, options);
  case subject::ima_list:
    return show_ima_list(out, input, options);
  case subject::guess:
    break;
  }
  return error{errc::unsupported, "neither report, metadata, boot log nor IMA list"};
}

} // namespace

result<std::string> inspect(byte_view input, const inspect_options& options) {
  sheet out{options.to, options.width};
  out.heading({"UNVERIFIED", terminal::tone::caution}, "as the file says, nothing was checked");
  const auto kind = options.as == subject::guess ? guess(input) : options.as;
  if (const auto shown = show_as(kind, out, input, options); !shown)
    return shown.error();
  return std::move(out).take();
}

} // namespace troth::metatool
