#include "shared/crypto/hash.hpp"
#include "shared/device/tpm_esys.hpp"
#include "shared/endorsement/log_components.hpp"
#include "shared/evidence/eventlog/coverage.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "tests/support/swtpm.hpp"
#include "tools/tpm-replay/boot_log.hpp"
#include "tools/tpm-replay/ima_list.hpp"
#include "tools/tpm-replay/log_writer.hpp"
#include "tools/tpm-replay/replay.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace troth;
using evidence::eventlog::log_kind;

namespace {

constexpr auto sha256 = hash_algorithm::sha256;

bool is_true_to_its_data(const evidence::eventlog::event& event) {
  const auto coverage = evidence::eventlog::coverage_of(event.type, event.data);
  return std::ranges::any_of(coverage.candidates, [&](byte_view candidate) {
    return crypto::hash(sha256, candidate) == *event.find_digest(sha256);
  });
}

/// What the boot log leads to, by PCR.
std::map<std::uint32_t, digest> values_of(byte_view log) {
  const auto parsed = evidence::eventlog::parse_event_log(log, log_kind::tpm);
  REQUIRE(parsed);
  auto components = endorsement::boot_components(*parsed, std::array{sha256},
                                                 endorsement::raw_data::leave_out);
  REQUIRE(components);
  std::map<std::uint32_t, digest> out;
  for (const auto& [pcr, events] : endorsement::by_pcr(*std::move(components)))
    out.emplace(pcr, *endorsement::replay(events, pcr, sha256));
  return out;
}

} // namespace

TEST_SUITE_BEGIN("tools/tpm-replay");

TEST_CASE("the boot log is crypto-agile, and where the data was measured it is the data") {
  const auto log = tpm_replay::make_boot_log();
  CHECK(log == tpm_replay::make_boot_log());
  const auto parsed = evidence::eventlog::parse_event_log(log, log_kind::tpm);
  REQUIRE(parsed);
  CHECK(parsed->is_crypto_agile);
  CHECK(parsed->consumed_bytes == log.size());
  REQUIRE(parsed->banks.size() == 2);
  int separators = 0;
  for (const auto& event : parsed->events) {
    if (!event.is_measured())
      continue;
    separators += event.type == evidence::eventlog::event_type::separator;
    if (evidence::eventlog::coverage_of(event.type, event.data).is_strict)
      CHECK_MESSAGE(is_true_to_its_data(event), evidence::eventlog::name(event.type));
  }
  CHECK(separators == 8);
}

TEST_CASE("an IMA entry is of its template and hashes to its template hash") {
  auto list = tpm_replay::make_ima_entry(tpm_replay::ima_template::ima_ng, "/bin/a", bytes{1});
  const auto signed_entry = tpm_replay::make_ima_entry(tpm_replay::ima_template::ima_sig, "/bin/b",
                                                       bytes{2});
  list.insert(list.end(), signed_entry.begin(), signed_entry.end());
  const auto entries = evidence::ima::parse_list(list);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[0].fields.kind == evidence::ima::template_kind::ima_ng);
  CHECK((*entries)[1].fields.kind == evidence::ima::template_kind::ima_sig);
  CHECK(to_text((*entries)[1].fields.path) == "/bin/b");
  for (const auto& entry : *entries) {
    CHECK(entry.pcr == 10);
    const auto hashed = tpm_replay::extended_value(entry, hash_algorithm::sha1);
    CHECK(copy(hashed.view()) == copy(entry.template_hash));
  }
  const auto content = crypto::hash(sha256, bytes{1});
  CHECK(copy((*entries)[0].fields.file_digest.value) == copy(content.view()));
}

TEST_CASE("boot_aggregate is the hash over PCR 0 to 9, and zeros where there is no boot log") {
  const auto log = tpm_replay::make_boot_log();
  const auto values = values_of(log);
  bytes joined;
  for (std::uint32_t pcr = 0; pcr < 10; ++pcr)
    joined.insert(joined.end(), values.at(pcr).view().begin(), values.at(pcr).view().end());
  const auto aggregate = tpm_replay::make_boot_aggregate(log);
  REQUIRE(aggregate);
  const auto entries = evidence::ima::parse_list(*aggregate);
  REQUIRE(entries);
  CHECK(to_text(entries->front().fields.path) == "boot_aggregate");
  const auto expected = crypto::hash(sha256, joined);
  CHECK(copy(entries->front().fields.file_digest.value) == copy(expected.view()));
  const auto none = tpm_replay::make_boot_aggregate({});
  REQUIRE(none);
  const auto zeros = evidence::ima::parse_list(*none);
  REQUIRE(zeros);
  CHECK(copy(zeros->front().fields.file_digest.value) == bytes(32, 0));
}

TEST_CASE("a violation extends all bits set") {
  auto list = tpm_replay::make_ima_entry(tpm_replay::ima_template::ima_ng, "/bin/a", bytes{1});
  std::fill_n(list.begin() + 4, 20, std::uint8_t{0});
  const auto entries = evidence::ima::parse_list(list);
  REQUIRE(entries);
  const auto value = tpm_replay::extended_value(entries->front(), sha256);
  CHECK(copy(value.view()) == bytes(32, 0xFF));
}

TEST_CASE("a replayed TPM holds what the logs lead to, in each bank"
          * doctest::skip(!testing::swtpm::is_installed())) {
  device::quiet_tpm_library();
  const testing::swtpm software_tpm;
  const auto tpm = device::open_tpm(software_tpm.tcti());
  REQUIRE(tpm);
  const auto log = tpm_replay::make_boot_log();
  CHECK(*tpm_replay::replay_boot_log(**tpm, log) == 32);
  for (const auto& [pcr, value] : values_of(log))
    CHECK((*tpm)->read_pcrs({sha256, {pcr}})->front() == value);

  const auto list = tpm_replay::make_boot_aggregate(log);
  REQUIRE(list);
  CHECK(*tpm_replay::replay_ima_list(**tpm, *list) == 1);
  auto expected = digest{hash_algorithm::sha1};
  crypto::extend(expected, evidence::ima::parse_list(*list)->front().template_hash);
  CHECK((*tpm)->read_pcrs({hash_algorithm::sha1, {10}})->front() == expected);

  auto with_locality = log;
  tpm_replay::log_writer locality;
  locality.u32(0).u32(3).u32(2).u16(0x0004).zeros(20).u16(0x000B).zeros(32);
  locality.sized(to_bytes(std::string{"StartupLocality\0\3", 17}));
  with_locality.insert(with_locality.begin() + 69, locality.content().begin(),
                       locality.content().end());
  CHECK(tpm_replay::replay_boot_log(**tpm, with_locality).error().code == errc::unsupported);
}

TEST_SUITE_END();
