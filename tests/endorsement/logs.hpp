#pragma once

#include "shared/crypto/hash.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "shared/evidence/ima/list.hpp"
#include "tests/support/event_log.hpp"
#include "tests/support/ima_list.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <vector>

namespace troth::testing {

inline bytes filled(std::uint8_t byte) {
  return bytes(32, byte);
}

/// Keeps the bytes that the events of the log look into.
struct parsed_log {
  explicit parsed_log(const event_log_writer& writer) : raw(writer.log()) {
    auto parsed = evidence::eventlog::parse_event_log(raw, evidence::eventlog::log_kind::tpm);
    REQUIRE(parsed);
    log = *std::move(parsed);
  }

  bytes raw;
  evidence::eventlog::event_log log;
};

inline bytes sha1_of(byte_view data) {
  return copy(crypto::hash(hash_algorithm::sha1, data).view());
}

struct ima_row {
  std::uint32_t pcr;
  bytes template_hash;
  bytes data;
};

/// Keeps the bytes that the entries look into.
struct ima_list {
  ima_list(std::initializer_list<ima_row> rows) {
    for (const auto& row : rows)
      put_ima_entry(raw, row.pcr, row.template_hash, "ima-ng", row.data);
    auto parsed = evidence::ima::parse_list(raw);
    REQUIRE(parsed);
    entries = *std::move(parsed);
  }

  bytes raw;
  std::vector<evidence::ima::entry> entries;
};

} // namespace troth::testing
