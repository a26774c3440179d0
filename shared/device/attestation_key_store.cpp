#include "shared/device/attestation_key_store.hpp"

#include "shared/base/reader.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <variant>

namespace troth::device {

namespace {

constexpr const char* key_file = "ak.blob";
constexpr const char* certificates_file = "ak_chain.pem";
constexpr std::size_t max_area_bytes = std::size_t{4} * 1024;
constexpr std::size_t max_pem_bytes = std::size_t{256} * 1024;

void append_sized(bytes& to, const bytes& value) {
  to.push_back(static_cast<std::uint8_t>(value.size() >> 8 & 0xFF));
  to.push_back(static_cast<std::uint8_t>(value.size() & 0xFF));
  to.insert(to.end(), value.begin(), value.end());
}

result<std::vector<crypto::certificate>> parse_chain(const key_blob& key, std::string_view pem) {
  const auto chain = crypto::certificate::from_pem(pem);
  if (!chain)
    return chain.error();
  const auto area = evidence::tpm::parse_public_area(key.public_area);
  if (!area)
    return area.error();
  const auto own = endorsement::to_public_key(*area);
  if (!own)
    return own.error();
  if (!(chain->front().key() == *own))
    return error{errc::malformed, "ak certificate: of another key"};
  const auto usages = chain->front().extended_key_usages();
  if (std::ranges::find(usages, crypto::eku::tpm_ak) == usages.end())
    return error{errc::malformed, "ak certificate: not for an attestation key"};
  return *chain;
}

} // namespace

result<key_blob> attestation_key_store::key() const {
  const auto content = files::read(folder_ / key_file, 2 * max_area_bytes);
  if (!content)
    return content.error();
  reader in{*content, "ak.blob"};
  key_blob out;
  out.public_area = copy(in.sized16be(max_area_bytes, "public_area"));
  out.private_area = copy(in.sized16be(max_area_bytes, "private_area"));
  return in.finish(std::move(out));
}

result<void> attestation_key_store::set_key(const key_blob& key) const {
  // The other way round, a crash between the two would leave certificates of no key.
  std::error_code why;
  std::filesystem::remove(folder_ / certificates_file, why);
  if (why)
    return error{errc::io, "remove ak_chain.pem: " + why.message()};
  bytes content;
  append_sized(content, key.public_area);
  append_sized(content, key.private_area);
  return files::write(folder_ / key_file, content, files::access::owner);
}

result<std::vector<crypto::certificate>>
attestation_key_store::certificates(const key_blob& key) const {
  const auto pem = files::read(folder_ / certificates_file, max_pem_bytes);
  if (!pem)
    return pem.error();
  return parse_chain(key, to_text(*pem));
}

result<std::vector<crypto::certificate>>
attestation_key_store::set_certificates(const key_blob& key, std::string_view pem) const {
  auto chain = parse_chain(key, pem);
  if (!chain)
    return chain.error();
  const auto kept = files::write(folder_ / certificates_file, to_bytes(pem), files::access::owner);
  if (!kept)
    return kept.error();
  return chain;
}

result<key_algorithm> algorithm_of(const key_blob& key) {
  const auto area = evidence::tpm::parse_public_area(key.public_area);
  if (!area)
    return area.error();
  return std::holds_alternative<evidence::tpm::rsa_parameters>(area->key) ? key_algorithm::rsa_2048
                                                                          : key_algorithm::ecc_p256;
}

bool is_due_for_renewal(const crypto::certificate& certificate, time_point now) {
  const auto begin = certificate.not_before();
  return now >= begin + (certificate.not_after() - begin) / 3 * 2;
}

} // namespace troth::device
