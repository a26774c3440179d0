#pragma once

#include "shared/base/bytes.hpp"
#include "shared/evidence/sgx/quote.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace troth::evidence::sgx {

// What makes quotes without Intel's silicon writes them with: a simulated platform, and tests.

/// Puts integers and bytes behind each other, little-endian.
class encoder {
public:
  encoder& number(std::uint64_t value, std::size_t size_bytes);
  encoder& raw(byte_view value);
  encoder& zeros(std::size_t size);
  bytes take() && { return std::move(out_); }

private:
  bytes out_;
};

/// Returns the 48 bytes that `read_header` reads.
bytes encode(const quote_header& header);

/// Returns the 384 bytes that `parse_enclave_report` reads.
bytes encode(const enclave_report& report);

/// Returns what `parse_signature_data` reads. The QE's report is taken as `qe_report_bytes`.
bytes encode(const signature_data& data, signature_layout layout);

/// Returns `signed_bytes`, then the signature data with their length in front.
bytes encode(const quote& of);

} // namespace troth::evidence::sgx
