#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/signed_message.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "shared/evidence/ima/list.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"
#include "tools/terminal/sheet.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// Shows what is in a file. Nothing of it is verified, and each sheet says so.

namespace troth::metatool {

enum class subject : std::uint8_t { guess, report, metadata, event_log, ima_list };

struct inspect_options {
  subject as = subject::guess;
  bool with_events = false; ///< Each event, component and entry, not only how many.
  terminal::screen to = terminal::screen::plain;
  std::size_t width = 100;
};

/// Shows a report, a metadata item signed or not, a boot log or an IMA list.
///
/// @returns lines for people; what the parser of that kind returns; `unsupported` if the first
///          bytes are of no kind that we know.
result<std::string> inspect(byte_view input, const inspect_options& options);

// The parts of `inspect`.
void show(terminal::sheet& out, const report::report& what, const inspect_options& options);
void show(terminal::sheet& out, const report::metadata_item& what, const inspect_options& options);
void show(terminal::sheet& out, const codec::signed_message& what, const inspect_options& options);
void show(terminal::sheet& out, const evidence::eventlog::event_log& what,
          const inspect_options& options);
void show(terminal::sheet& out, std::span<const evidence::ima::entry> what,
          const inspect_options& options);
void show(terminal::sheet& out, std::span<const report::component> what,
          const inspect_options& options);

} // namespace troth::metatool
