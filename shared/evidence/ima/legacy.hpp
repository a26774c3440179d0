#pragma once

#include "shared/base/bytes.hpp"
#include "shared/evidence/ima/template.hpp"

#include <cstddef>

namespace troth::evidence::ima {

/// The template `ima`, the only one whose list entry and hashed bytes differ: the list has the
/// path behind its length, the hash has it padded.
inline constexpr std::size_t legacy_digest_size = 20;
inline constexpr std::size_t legacy_path_size = 256; ///< Padded; at least one NUL.

template_fields legacy_fields(byte_view digest, byte_view path);

} // namespace troth::evidence::ima
