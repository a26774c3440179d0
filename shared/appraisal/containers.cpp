#include "shared/appraisal/containers.hpp"

#include "shared/appraisal/oci_rules.hpp"
#include "shared/codec/canonical_json.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/container_configuration.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

constexpr auto algorithm = hash_algorithm::sha256;

/// Whether `sha256` is of this configuration, sorted or as it stands: older provers did not sort.
bool is_hash_of(const codec::free_object& configuration, byte_view sha256) {
  if (configuration.empty())
    return false;
  const auto as_it_stands = crypto::hash(algorithm,
                                         to_bytes(codec::canonical_json(configuration.value)));
  return std::ranges::equal(as_it_stands.view(), sha256)
         || std::ranges::equal(endorsement::configuration_hash(configuration).view(), sha256);
}

} // namespace

bool is_container(const report::component& reference) {
  return reference.container && !reference.container->oci_spec.empty();
}

result<void> match_container(const report::component& reference, const codec::free_object* rules,
                             const report::component& event) {
  const auto* const rootfs = reference.find_hash(algorithm);
  const auto* const measured = event.find_hash(algorithm);
  if (rootfs == nullptr || measured == nullptr || !event.container)
    return error{errc::conflict, "no container"};
  const auto& [config_sha256, rootfs_sha256, configuration] = *event.container;
  if (!std::ranges::equal(rootfs->view(), rootfs_sha256))
    return error{errc::conflict, "another file system"};
  if (endorsement::container_hash(config_sha256, rootfs_sha256) != *measured)
    return error{errc::bad_signature, "the digest is not of these hashes"};
  const auto& expected = reference.container->oci_spec;
  if (is_hash_of(expected, config_sha256))
    return {};
  if (!is_hash_of(configuration, config_sha256))
    return error{errc::bad_signature, "the configuration is not what was hashed"};
  return check_configuration(endorsement::uniform_configuration(expected),
                             endorsement::uniform_configuration(configuration), rules);
}

} // namespace troth::appraisal
