#pragma once

#include "shared/base/bytes.hpp"
#include "shared/evidence/eventlog/event.hpp"
#include "tests/support/hex.hpp"

#include <cstddef>
#include <cstdint>

namespace troth::testing {

/// Writes TCG event logs with a SHA-256 bank, record by record.
class event_log_writer {
public:
  /// Begins with the Spec ID event of a crypto-agile log.
  event_log_writer() {
    log_ = "00000000 03000000 0000000000000000000000000000000000000000 21000000"
           "53706563 20494420 4576656e 74303300" // Spec ID Event03
           "00000000 00 02 00 02"                // client, version 2.0, errata 0, 8-byte UINTN
           "01000000 0b00 2000"                  // one bank: SHA-256
           "00"_hex;                             // no vendor info
  }

  /// Appends an event with a SHA-256 digest.
  event_log_writer& add(std::uint32_t pcr, evidence::eventlog::event_type type, byte_view digest,
                        byte_view data) {
    put(pcr);
    put(static_cast<std::uint32_t>(type));
    put(1);
    append("0b00"_hex);
    append(digest);
    put(static_cast<std::uint32_t>(data.size()));
    append(data);
    return *this;
  }

  event_log_writer& append(byte_view raw) {
    log_.insert(log_.end(), raw.begin(), raw.end());
    return *this;
  }

  const bytes& log() const noexcept { return log_; }

private:
  void put(std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      log_.push_back(static_cast<std::uint8_t>(value >> shift));
  }

  bytes log_;
};

} // namespace troth::testing
