#include "tools/container/bundle.hpp"

#include "shared/endorsement/container_configuration.hpp"
#include "shared/files/files.hpp"

#include <system_error>
#include <utility>

namespace troth::container {

namespace {

constexpr std::size_t max_configuration_bytes = std::size_t{4} << 20;

/// Follows links as the reference does: of hooks that dockerd has in /proc.
result<std::string> resolve(const std::string& path) {
  std::error_code why;
  const auto led_to = std::filesystem::canonical(path, why);
  if (why)
    return error{errc::not_found, path + ": " + why.message()};
  return led_to.string();
}

} // namespace

result<report::component> make_event(const container_name& called,
                                     const std::filesystem::path& configuration,
                                     const digest& rootfs) {
  const auto text = files::read(configuration, max_configuration_bytes);
  if (!text)
    return text.error();
  auto normalized = endorsement::normalize_configuration(called.id, to_text(*text), resolve);
  if (!normalized)
    return error{normalized.error().code, configuration.string() + ": " + normalized.error().where};
  const auto hash = endorsement::configuration_hash(*normalized);
  report::component out;
  out.type = "application";
  out.name = called.name;
  out.hashes = {endorsement::container_hash(hash.view(), rootfs.view())};
  out.container = report::container_data{copy(hash.view()), copy(rootfs.view()),
                                         *std::move(normalized)};
  return out;
}

report::component make_reference(const report::component& event, const measured_by& by) {
  auto out = event;
  out.properties = {{std::string{report::property_trust_anchor}, by.trust_anchor},
                    {std::string{report::property_index}, std::to_string(by.pcr)}};
  if (by.trust_anchor == "SW")
    if (const auto rootfs = digest::from(hash_algorithm::sha256, event.container->rootfs_sha256))
      out.hashes = {*rootfs};
  return out;
}

} // namespace troth::container
