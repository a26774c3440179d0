#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troth::report {

/// Asks a status server about signed manifests: the request of OMSP. The answer is a signed
/// `omsp_response`, in the encoding of the request.
struct status_request {
  std::string version = std::string{report_version};
  std::vector<std::string> manifest_hashes; ///< Hex digests of the signed manifests.
  encoding encoded_as = encoding::json;
};

/// Reads a request, JSON or CBOR by its first byte.
/// @returns `missing` without a hash; `too_large` over 1024; as `parse_report`.
result<status_request> parse_status_request(byte_view body);

/// Writes a request.
bytes write_status_request(const status_request& request);

/// Returns the media type of a request: `application/json` or `application/cbor`.
std::string_view status_media_type(encoding as) noexcept;

} // namespace troth::report
