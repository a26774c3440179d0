#include "shared/endorsement/intel_chain.hpp"

#include "shared/base/hex.hpp"
#include "shared/endorsement/intel_statement.hpp"

#include <array>
#include <string_view>

namespace troth::endorsement::intel {

namespace {

constexpr std::string_view pck_name = "Intel SGX PCK Certificate";
constexpr std::string_view platform_ca_name = "Intel SGX PCK Platform CA";
constexpr std::string_view processor_ca_name = "Intel SGX PCK Processor CA";
constexpr std::string_view root_name = "Intel SGX Root CA";

// SubjectPublicKeyInfo of "Intel SGX Root CA", in use since 2018.
constexpr std::array<std::uint8_t, 32> root_key{0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4,
                                                0x13, 0x2f, 0x91, 0x86, 0x06, 0x8a, 0x7f, 0xc1,
                                                0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35, 0x77, 0x74,
                                                0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e};

error misnamed(const crypto::certificate& one, std::string_view expected) {
  return {errc::untrusted, '"' + one.subject() + "\", expected " + std::string{expected}};
}

result<std::vector<crypto::certificate>> verify_path(std::span<const crypto::certificate> carried,
                                                     std::span<const crypto::certificate> roots,
                                                     time_point at, std::size_t size) {
  if (carried.empty())
    return error{errc::missing, "chain: no certificate"};
  auto path = crypto::verify_chain(carried.front(), carried.subspan(1), roots, {at, {}});
  if (!path)
    return path;
  if (path->size() != size)
    return error{errc::untrusted, "chain of " + std::to_string(path->size())
                                    + " certificates, expected " + std::to_string(size)};
  if (path->back().subject_common_name() != root_name)
    return misnamed(path->back(), root_name);
  return path;
}

bool is_platform_ca(const crypto::certificate& ca) {
  return ca.subject_common_name() == platform_ca_name;
}

} // namespace

std::span<const digest> root_keys() {
  static const std::array keys{*digest::from(hash_algorithm::sha256, root_key)};
  return keys;
}

result<std::vector<crypto::certificate>>
verify_pck_chain(std::span<const crypto::certificate> carried,
                 std::span<const crypto::certificate> roots, time_point at) {
  auto path = verify_path(carried, roots, at, 3);
  if (!path)
    return path;
  if (path->front().subject_common_name() != pck_name || path->front().is_ca())
    return misnamed(path->front(), pck_name);
  const auto& ca = (*path)[1];
  if (!is_platform_ca(ca) && ca.subject_common_name() != processor_ca_name)
    return misnamed(ca, "Intel's Platform or Processor CA");
  return path;
}

result<std::vector<crypto::certificate>>
verify_signing_chain(std::span<const crypto::certificate> carried,
                     std::span<const crypto::certificate> roots, time_point at) {
  auto path = verify_path(carried, roots, at, 2);
  if (path && (path->front().subject_common_name() != tcb_signing_name || path->front().is_ca()))
    return misnamed(path->front(), tcb_signing_name);
  return path;
}

result<void> check_ca_kind(const pck_extension& pck, const crypto::certificate& ca) {
  if (pck.platform_instance_id.has_value() != is_platform_ca(ca))
    return misnamed(ca, pck.platform_instance_id ? platform_ca_name : processor_ca_name);
  return {};
}

result<void> check_revocation(std::span<const crypto::certificate> certificates,
                              const crypto::revocation_list& list,
                              const crypto::certificate& issuer, time_point at) {
  if (auto verified = list.verify(issuer, at); !verified)
    return verified;
  return check_not_listed(certificates, list);
}

result<void> check_not_listed(std::span<const crypto::certificate> certificates,
                              const crypto::revocation_list& list) {
  for (const auto& one : certificates)
    if (list.names(one))
      return error{errc::untrusted, "revoked: \"" + one.subject() + "\", serial " + one.serial()};
  return {};
}

} // namespace troth::endorsement::intel
