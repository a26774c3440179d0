#pragma once

#include "shared/report/report.hpp"

namespace troth::testing {

/// A report with something in each member.
inline report::report minted_report(report::encoding as) {
  const auto sha256 = digest::from(hash_algorithm::sha256, bytes(32, 0xaa));
  const auto sha384 = digest::from(hash_algorithm::sha384, bytes(48, 0xbb));
  report::component event{
    .type = "operating-system",
    .name = "kernel",
    .hashes = {*sha256, *sha384},
    .version = "6.1",
    .optional = true,
    .description = "a kernel",
    .properties = {{"cmc.ta", "TPM"}, {"cmc.index", "4"}},
    .container
    = report::container_data{bytes(32, 1), bytes(32, 2), {{{"process", {{"args", {"/bin/sh"}}}}}}},
    .intel = report::intel_collateral{{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}},
    .purl = "pkg:deb/debian/linux",
  };
  report::report out;
  out.version = report::report_version;
  out.name = "machine.example";
  out.encoded_as = as;
  out.evidences = {{"TPM Evidence", {1, 2}, {3}, {4}}, {"SW Evidence", {5}, {}, {}}};
  out.claims.nonce = bytes(8, 9);
  out.claims.collaterals = {
    {"TPM Evidence",
     {{0x30, 0}, {0x30, 1}},
     {},
     {{"PCR Eventlog", 4, {event}}, {"PCR Eventlog", 5, {}}}},
    {"SW Evidence", {}, to_bytes("a key"), {}},
  };
  out.claims.digests = {"0a", "0b"};
  out.claims.metadata = {{"0a", {7}}, {"0b", {8}}};
  out.claims.certificates = {{"0c", {0x30, 2}}};
  out.context_bytes = report::write_context(out.claims, as);
  return out;
}

} // namespace troth::testing
