#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/free_object.hpp"

#include <functional>
#include <string>
#include <string_view>

// What a container was started with, in a form that is the same each time: cmc's measure API.

namespace troth::endorsement {

/// Says where a path leads once its symbolic links are followed: dockerd's `/proc/PID/exe`.
using resolve_path = std::function<result<std::string>(const std::string& path)>;

/// Normalises an OCI runtime configuration: what differs from start to start is dropped or
/// replaced, and what has no order is put in one.
///
/// @param id of the container; it and its first 12 characters become `<container-id>`.
/// @returns the configuration; `malformed` for what is none, and without an id; what `resolve`
///          returned.
/// @note Members that a parser with a schema would drop as unknown are kept.
result<codec::free_object> normalize_configuration(std::string_view id, std::string_view json,
                                                   const resolve_path& resolve);

/// Puts the arrays of a configuration that have no order into one, and leaves out the members that
/// say nothing, as the reference's structures do: empty ones, but for those that must be there.
codec::free_object uniform_configuration(codec::free_object configuration);

/// Returns SHA-256 over the canonical JSON (RFC 8785) of a configuration in the form of
/// `uniform_configuration`.
digest configuration_hash(const codec::free_object& configuration);

/// Returns SHA-256 over both hashes, which is what is extended for a container.
digest container_hash(byte_view configuration_sha256, byte_view rootfs_sha256);

} // namespace troth::endorsement
