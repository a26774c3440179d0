#include "shared/evidence/eventlog/coverage.hpp"
#include "shared/evidence/eventlog/description.hpp"
#include "shared/evidence/eventlog/log.hpp"

// Whatever the bytes, parsing ends, in bounds, with a log or an error; and whatever its
// events hold can be described.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::evidence::eventlog;
  for (const auto kind : {log_kind::tpm, log_kind::cc})
    if (const auto log = parse_event_log({data, size}, kind))
      for (const auto& event : log->events) {
        (void)describe(event.type, event.data);
        (void)coverage_of(event.type, event.data);
      }
  return 0;
}
