#pragma once

#include "shared/base/result.hpp"
#include "shared/client/gateway.hpp"

#include <string>
#include <string_view>

namespace troth::testtool {

/// How the URL of a machine in this process begins; behind it is the file that describes it.
inline constexpr std::string_view own_machine_scheme = "lib:";

/// Opens a machine in this process, where neither gateway, prover nor drivers run.
///
/// Its file is JSON: `name`, what it calls itself; `anchor`, `sw` or, by the kernel's configfs,
/// `snp` or `tdx`; `state`, a folder for keys; `metadata`, a folder of signed items, if any.
/// @param url begins with `own_machine_scheme`.
/// @returns `malformed`, `missing`, `unknown_key`, `unsupported` for the file; what the anchors
///          return; `io`.
result<client::gateway> open_own_machine(const std::string& url);

} // namespace troth::testtool
