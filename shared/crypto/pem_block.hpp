#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troth::crypto {

/// Reads the DER of every block of a PEM text with this label, one at least. Other
/// blocks and the text between blocks are passed over.
/// @returns `malformed` if there is none, or a block is broken; `too_large` above 16 MiB.
/// @see RFC 7468
result<std::vector<bytes>> read_pem(std::string_view pem, std::string_view label);

/// Returns one block.
std::string write_pem(std::string_view label, byte_view der);

} // namespace troth::crypto
