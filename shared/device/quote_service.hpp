#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/device/framed_socket.hpp"
#include "shared/device/intel_source.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace troth::device {

/// Has the TDX module report on this trust domain. @param report_data 64 bytes that are to be in
/// it.
/// @returns TDREPORT; `not_found` if there is no such interface; `io`.
using td_reporter = std::function<result<bytes>(byte_view report_data)>;

/// Asks the kernel of a trust domain.
/// @param device usually `/dev/tdx_guest`.
/// @see Linux, include/uapi/linux/tdx-guest.h: TDX_CMD_GET_REPORT0
td_reporter make_tdx_guest_device(std::filesystem::path device);

/// Reads where a quote service listens: `unix:/var/run/tdx-qgs/qgs.socket`, or `vsock:CID:PORT`.
/// @returns `malformed`.
result<quote_service_address> parse_quote_service_address(std::string_view text);

/// Makes quotes of a trust domain as hosts do that give configfs nothing: the kernel's report is
/// brought to a quote generation service.
/// @param patience for how long each read and write may take.
/// @param collateral folder as `read_intel_collateral` reads it.
std::unique_ptr<intel_source>
make_quote_service_source(td_reporter kernel, quote_service_address service,
                          std::chrono::seconds patience, std::filesystem::path collateral);

} // namespace troth::device
