#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <string>

namespace troth::evidence::eventlog {

/// What the event of an EFI variable carries. Parsed, not proved.
/// @note The views are into the event's data.
struct efi_variable {
  byte_view vendor_guid; ///< 16 bytes, mixed-endian as EFI writes it.
  std::u16string name;
  byte_view data;
  byte_view structure; ///< From the GUID to the end of `data`.
  byte_view surplus;   ///< Behind it. Old shims count 6 bytes too many.
};

/// Parses a UEFI_VARIABLE_DATA.
/// @returns the variable; `truncated`; `too_large` for a name of more than 1,024 characters.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10.2.6
result<efi_variable> parse_efi_variable(byte_view event_data);

} // namespace troth::evidence::eventlog
