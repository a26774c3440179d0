#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/report/component.hpp"

#include <filesystem>
#include <string>

// What a runtime starts: a file system and a configuration.

namespace troth::container {

/// Which container, and how it is called.
struct container_name {
  std::string name; ///< For people.
  std::string id;   ///< The runtime's, which stands in its configuration; made anonymous.
};

/// Makes the event of a container: what is measured before it is started.
/// @param configuration the file `config.json` of its bundle: an OCI runtime configuration.
/// @param rootfs the SHA-256 of its file system.
/// @returns it; `not_found`, `io`; as `endorsement::normalize_configuration`.
result<report::component> make_event(const container_name& called,
                                     const std::filesystem::path& configuration,
                                     const digest& rootfs);

/// What vouches for a container on the machine.
struct measured_by {
  std::string trust_anchor; ///< `SW`, or `TPM`.
  std::uint32_t pcr = 0;    ///< Of a TPM.
};

/// Makes the reference value of an event. For `SW` its digest is the file system's, and the
/// configuration is judged by itself; for `TPM` it is what was extended.
report::component make_reference(const report::component& event, const measured_by& by);

} // namespace troth::container
