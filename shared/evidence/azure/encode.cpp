#include "shared/evidence/azure/encode.hpp"

namespace troth::evidence::azure {

namespace {

constexpr std::size_t claims_header_bytes = 20;
constexpr std::size_t reserved_bytes = 16;
constexpr std::uint32_t written_version = 2;
constexpr std::uint32_t written_request = 2;

void put_u32(bytes& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift & 0xff));
}

} // namespace

bytes write_runtime_data(hardware on, std::string_view claims) {
  bytes out;
  put_u32(out, claims_header_bytes + claims.size());
  put_u32(out, 1); // version
  put_u32(out, static_cast<std::uint32_t>(on));
  put_u32(out, 1); // SHA-256
  put_u32(out, claims.size());
  out.insert(out.end(), claims.begin(), claims.end());
  return out;
}

bytes write_hcl_report(byte_view hardware_report, byte_view runtime_data) {
  bytes out = to_bytes("HCLA");
  put_u32(out, written_version);
  put_u32(out, hardware_report_size + runtime_data.size());
  put_u32(out, written_request);
  out.resize(out.size() + reserved_bytes);
  const auto end = out.size() + hardware_report_size;
  out.insert(out.end(), hardware_report.begin(), hardware_report.end());
  out.resize(end);
  out.insert(out.end(), runtime_data.begin(), runtime_data.end());
  return out;
}

} // namespace troth::evidence::azure
