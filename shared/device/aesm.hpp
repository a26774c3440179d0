#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/device/framed_socket.hpp"
#include "shared/device/intel_source.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

namespace troth::device {

/// Has the processor report on this enclave.
/// @param target_info of the enclave that is to check it: 512 bytes.
/// @param report_data 64 bytes that are to be in it.
/// @returns 432 bytes; `not_found` if this is no enclave; `malformed`, `io`.
using enclave_reporter = std::function<result<bytes>(byte_view target_info, byte_view report_data)>;

/// Asks a library that runs programs in enclaves, by the files that Gramine has for it.
/// @param folder usually `/dev/attestation`.
/// @see Gramine, Attestation and Secret Provisioning: low-level interface
enclave_reporter make_gramine_reporter(std::filesystem::path folder);

/// Makes quotes of an enclave: the processor's report is brought to Intel's service for
/// architectural enclaves.
/// @param patience for how long each read and write may take.
/// @param collateral folder as `read_intel_collateral` reads it.
/// @see linux-sgx, psw/ae/common/proto/messages.proto
std::unique_ptr<intel_source>
make_aesm_source(enclave_reporter processor, quote_service_address service,
                 std::chrono::seconds patience, std::filesystem::path collateral);

} // namespace troth::device
