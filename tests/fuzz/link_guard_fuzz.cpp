#include "shared/link/guard.hpp"

#include <cstddef>
#include <cstdint>

using namespace troth;

/// What a peer may send, frame after frame, as long as the guard lets it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const link::guard_limits limits{4096, 1024, 16, {"@atom", "@str", "@error"}};
  byte_view rest{data, size};
  link::guard guard{size % 2 == 0 ? link::side::accepting : link::side::dialling,
                    limits,
                    {},
                    [](const link::node&) { return true; }};
  while (rest.size() >= link::frame_header_bytes) {
    const auto judged = guard.header(rest.first(link::frame_header_bytes));
    if (judged == link::verdict::close)
      break;
    rest = rest.subspan(link::frame_header_bytes);
    const std::size_t length = guard.current().payload_bytes;
    if (length > rest.size())
      break;
    if (judged == link::verdict::pass && length > 0
        && guard.payload(rest.first(length)) == link::verdict::close)
      break;
    guard.sent(guard.current(), rest.first(length));
    rest = rest.subspan(length);
  }
  return 0;
}
