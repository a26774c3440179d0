#include "shared/evidence/snp/report_response.hpp"

#include "shared/base/reader.hpp"
#include "shared/evidence/snp/report.hpp"

#include <string>

namespace troth::evidence::snp {

result<bytes> parse_report_response(byte_view response) {
  constexpr std::size_t reserved = 24;
  reader in{response, "snp.report_response"};
  const auto status = in.u32le("status");
  if (in.ok() && status != 0)
    return error{errc::unsupported, "snp.report_response.status: " + std::to_string(status)};
  in.require(in.u32le("report_size") == report_size, errc::malformed, "report_size");
  in.take(reserved, "reserved");
  const auto report = in.take(report_size, "report");
  if (!in.ok())
    return in.failure();
  return copy(report);
}

} // namespace troth::evidence::snp
