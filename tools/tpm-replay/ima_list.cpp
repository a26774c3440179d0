#include "tools/tpm-replay/ima_list.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/endorsement/log_components.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "tools/tpm-replay/log_writer.hpp"

#include <algorithm>
#include <array>

namespace troth::tpm_replay {

namespace {

constexpr std::uint32_t ima_pcr = 10;
constexpr std::uint32_t aggregated_pcrs = 10;
constexpr std::string_view aggregate_name = "boot_aggregate";

bytes make_entry(ima_template form, std::string_view path, const digest& file_digest) {
  log_writer named_digest;
  named_digest.text("sha256:").u8(0).raw(file_digest.view());
  log_writer data;
  data.sized(named_digest.content());
  data.sized(log_writer{}.text(path).u8(0).content());
  if (form == ima_template::ima_sig)
    data.sized({}); // the file has no signature
  log_writer out;
  out.u32(ima_pcr).raw(crypto::hash(hash_algorithm::sha1, data.content()).view());
  out.sized(to_bytes(form == ima_template::ima_ng ? "ima-ng" : "ima-sig")).sized(data.content());
  return out.content();
}

} // namespace

bytes make_ima_entry(ima_template form, std::string_view path, byte_view content) {
  return make_entry(form, path, crypto::hash(hash_algorithm::sha256, content));
}

result<bytes> make_boot_aggregate(byte_view boot_log) {
  constexpr auto bank = hash_algorithm::sha256;
  if (boot_log.empty())
    return make_entry(ima_template::ima_ng, aggregate_name, digest{bank});
  const auto log = evidence::eventlog::parse_event_log(boot_log, evidence::eventlog::log_kind::tpm);
  if (!log)
    return log.error();
  auto components = endorsement::boot_components(*log, std::array{bank},
                                                 endorsement::raw_data::leave_out);
  if (!components)
    return components.error();
  auto events = endorsement::by_pcr(*std::move(components));
  bytes values;
  for (std::uint32_t pcr = 0; pcr < aggregated_pcrs; ++pcr) {
    const auto value = endorsement::replay(events[pcr], pcr, bank);
    if (!value)
      return value.error();
    values.insert(values.end(), value->view().begin(), value->view().end());
  }
  return make_entry(ima_template::ima_ng, aggregate_name, crypto::hash(bank, values));
}

digest extended_value(const evidence::ima::entry& entry, hash_algorithm bank) {
  if (entry.is_violation()) {
    digest ones{bank};
    std::ranges::fill(ones.bytes_mut(), std::uint8_t{0xFF});
    return ones;
  }
  const auto [first, second, third] = entry.hashed_parts();
  return crypto::hash(bank, {first, second, third});
}

} // namespace troth::tpm_replay
