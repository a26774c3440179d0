#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "tests/vectors/runner.hpp"

#include <string_view>

namespace troth::testing {

outcome judge_eventlog(const vector_case& given);
outcome judge_ima(const vector_case& given);
outcome judge_snp(const vector_case& given);
outcome judge_sgx(const vector_case& given);
outcome judge_tdx(const vector_case& given);
outcome judge_tpm(const vector_case& given);

/// Returns who judges the evidence of that kind; null: nobody.
judge_function judge_of(std::string_view kind);

/// Returns a number as manifests write it: `0x`, and at least so many hex digits.
std::string number(std::uint64_t value, std::size_t digits);

/// Returns `sha256` and the like, as manifests and kernels spell it.
std::string manifest_name(hash_algorithm algorithm);

/// Replays the log of a case's file, in every bank: `{bank: {register: value}}`.
json replay_log(const evidence::eventlog::event_log& log);

} // namespace troth::testing
