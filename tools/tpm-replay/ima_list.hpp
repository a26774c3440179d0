#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/ima/list.hpp"

#include <string>
#include <string_view>

namespace troth::tpm_replay {

/// How an entry carries a file: with its security.ima behind, or not.
enum class ima_template { ima_ng, ima_sig };

/// Makes the entry of a file, as the kernel would when it is executed.
/// @param content what `file_digest` (SHA-256) is over.
bytes make_ima_entry(ima_template form, std::string_view path, byte_view content);

/// Makes the first entry of every list: what firmware and loader left in PCR 0 to 9 of the
/// SHA-256 bank, or zeros without a boot log.
/// @returns what parsing the boot log returns.
/// @see Linux, security/integrity/ima/ima_crypto.c (ima_calc_boot_aggregate_tfm)
result<bytes> make_boot_aggregate(byte_view boot_log);

/// Returns what the kernel extends PCR 10 by in one bank.
digest extended_value(const evidence::ima::entry& entry, hash_algorithm bank);

} // namespace troth::tpm_replay
