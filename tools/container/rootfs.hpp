#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

// What a container's file system is, in one SHA-256: that of the tar archive of `tar_stream`. As
// cmc's measure API has it. Sockets are passed over.

namespace troth::container {

/// Told now and then how far it is.
struct progress {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};
using tell_progress = std::function<void(const progress&)>;

/// Hashes the files below a folder: the `rootfs` of a bundle.
/// @returns `not_found`, `io`; as `tar_stream::add`.
/// @note Whoever measures must be able to read all of it, and should be root: owners count.
result<digest> hash_folder(const std::filesystem::path& folder, const tell_progress& tell);

/// What an engine puts into each container's file system.
enum class engine_files : std::uint8_t {
  none,  ///< containerd and Kubernetes: nothing.
  docker ///< dockerd: places for what it mounts, and /.dockerenv.
};

/// Hashes what the layers of an image lead to: the archive of `docker save`, or an OCI layout in an
/// archive, with layers plain or compressed.
/// @returns `not_found`, `io`; `malformed` for an archive that is no image; `unsupported` for one
///          of several images; `too_large` for over a million files or 64 GiB.
result<digest> hash_image(const std::filesystem::path& archive, engine_files added,
                          const tell_progress& tell);

} // namespace troth::container
