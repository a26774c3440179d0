#include "shared/base/hex.hpp"
#include "shared/evidence/eventlog/description.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "tools/testtool/inspect.hpp"

#include <string>

namespace troth::testtool {

namespace {

using namespace evidence::eventlog;
using terminal::sheet;

void show_log_event(sheet& out, const event& what, log_kind kind) {
  const auto text = describe(what.type, what.data);
  out.row(2, (kind == log_kind::cc ? "register " : "PCR ") + std::to_string(what.register_index),
          name(what.type) + (text.empty() ? "" : "  " + text));
  if (!what.is_measured())
    return;
  for (const auto& value : what.digests)
    out.row(4, "", std::string{name(value.algorithm())} + " " + hex(value.view()));
}

/// A log whose registers are those of a confidential VM begins in the first of them, others in
/// PCR 0.
log_kind kind_of_log(byte_view input) {
  return !input.empty() && input[0] == 1 ? log_kind::cc : log_kind::tpm;
}

} // namespace

/// Nearly anything is a log of the oldest format: it counts as one only if it begins in PCR 0.
bool is_event_log(byte_view input) {
  if (input.empty() || input[0] > 1)
    return false;
  const auto read = parse_event_log(input, kind_of_log(input));
  return read && !read->events.empty() && (read->is_crypto_agile || input[0] == 0);
}

result<void> show_event_log(sheet& out, byte_view input) {
  const auto kind = kind_of_log(input);
  const auto read = parse_event_log(input, kind);
  if (!read)
    return read.error();
  out.heading(kind == log_kind::cc ? "Event log of a confidential VM (CCEL)"
                                   : "Event log of a TPM's registers");
  out.row(2, "format", read->is_crypto_agile ? "crypto-agile" : "SHA-1");
  if (read->startup_locality)
    out.row(2, "locality", std::to_string(*read->startup_locality));
  for (const auto& each : read->events)
    show_log_event(out, each, kind);
  return {};
}

} // namespace troth::testtool
