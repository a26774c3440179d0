#include "shared/evidence/snp/report.hpp"

#include <cassert>

namespace troth::evidence::snp {

namespace {

/// Appends fields in the report's byte order.
class field_writer {
public:
  void little(std::uint64_t value, std::size_t size) {
    for (; size > 0; --size, value >>= 8)
      out_.push_back(static_cast<std::uint8_t>(value));
  }

  void put(byte_view value) { out_.insert(out_.end(), value.begin(), value.end()); }

  void fill_to(std::size_t offset) {
    assert(out_.size() <= offset);
    out_.resize(offset);
  }

  void firmware(const firmware_version& version) {
    put(std::array<std::uint8_t, 4>{version.build, version.minor, version.major, 0});
  }

  /// A number of the signature, from big-endian to little-endian.
  void coordinate(byte_view big) { out_.insert(out_.end(), big.rbegin(), big.rend()); }

  bytes take() && { return std::move(out_); }

private:
  bytes out_;
};

std::uint32_t key_info(const attestation_report& report) {
  return (report.author_key_enabled ? 1U : 0U) | (report.mask_chip_key ? 2U : 0U)
         | static_cast<std::uint32_t>(report.signing_key_id) << 2;
}

} // namespace

bytes write_report(const attestation_report& report) {
  constexpr std::size_t coordinate_bytes = 48;
  field_writer out;
  out.little(report.version, 4);
  out.little(report.guest_svn, 4);
  out.little(report.policy, 8);
  out.put(report.family_id);
  out.put(report.image_id);
  out.little(report.vmpl, 4);
  out.little(report.signature_algorithm, 4);
  out.put(report.current_tcb);
  out.little(report.platform_info, 8);
  out.little(key_info(report), 4);
  out.fill_to(0x50);
  out.put(report.report_data);
  out.put(report.measurement);
  out.put(report.host_data);
  out.put(report.id_key_digest);
  out.put(report.author_key_digest);
  out.put(report.report_id);
  out.put(report.report_id_ma);
  out.put(report.reported_tcb);
  if (const auto& found = report.processor)
    out.put(std::array<std::uint8_t, 3>{found->family, found->model, found->stepping});
  out.fill_to(0x1a0);
  out.put(report.chip_id);
  out.put(report.committed_tcb);
  out.firmware(report.current_version);
  out.firmware(report.committed_version);
  out.put(report.launch_tcb);
  if (const auto& vectors = report.mitigations) {
    out.little(vectors->launch, 8);
    out.little(vectors->current, 8);
  }
  out.fill_to(signed_size);
  if (!report.signature.empty()) {
    const byte_view signature{report.signature};
    out.coordinate(signature.first(coordinate_bytes));
    out.fill_to(0x2e8);
    out.coordinate(signature.last(coordinate_bytes));
  }
  out.fill_to(report_size);
  return std::move(out).take();
}

} // namespace troth::evidence::snp
