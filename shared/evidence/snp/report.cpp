#include "shared/evidence/snp/report.hpp"

#include "shared/base/reader.hpp"

#include <algorithm>

namespace troth::evidence::snp {

namespace {

constexpr std::uint32_t oldest_version = 2;
constexpr std::uint32_t first_with_processor = 3;
constexpr std::uint32_t first_with_mitigations = 5;
constexpr std::size_t coordinate_size = 48;
constexpr std::size_t coordinate_field = 72; // little-endian, zeros behind
constexpr std::size_t behind_signature = 368;

template <std::size_t N>
std::array<std::uint8_t, N> take(reader& in, std::string_view field) {
  std::array<std::uint8_t, N> out{};
  std::ranges::copy(in.take(N, field), out.begin());
  return out;
}

void take_zeros(reader& in, std::size_t size, std::string_view field) {
  in.require(std::ranges::all_of(in.take(size, field), [](auto byte) { return byte == 0; }),
             errc::malformed, field);
}

void read_keys(reader& in, attestation_report& out) {
  constexpr std::uint32_t author_key_enabled = 1U << 0;
  constexpr std::uint32_t mask_chip_key = 1U << 1;
  constexpr std::uint32_t signing_key_shift = 2;
  constexpr std::uint32_t signing_key_mask = 7;
  constexpr std::uint32_t known = 0x1f;
  const auto flags = in.u32le("key_info");
  in.require((flags & ~known) == 0, errc::malformed, "key_info");
  out.author_key_enabled = (flags & author_key_enabled) != 0;
  out.mask_chip_key = (flags & mask_chip_key) != 0;
  out.signing_key_id = static_cast<std::uint8_t>(flags >> signing_key_shift & signing_key_mask);
  take_zeros(in, 4, "reserved");
}

void read_processor(reader& in, attestation_report& out) {
  constexpr std::size_t size = 24;
  if (out.version < first_with_processor) {
    take_zeros(in, size, "reserved");
    return;
  }
  processor found;
  found.family = in.u8("cpuid_fam_id");
  found.model = in.u8("cpuid_mod_id");
  found.stepping = in.u8("cpuid_step");
  out.processor = found;
  take_zeros(in, size - 3, "reserved");
}

firmware_version read_firmware(reader& in, std::string_view field) {
  firmware_version out;
  out.build = in.u8(field);
  out.minor = in.u8(field);
  out.major = in.u8(field);
  take_zeros(in, 1, "reserved");
  return out;
}

void read_mitigations(reader& in, attestation_report& out) {
  constexpr std::size_t size = 168;
  if (out.version < first_with_mitigations) {
    take_zeros(in, size, "reserved");
    return;
  }
  mitigation_vectors found;
  found.launch = in.u64le("launch_mit_vector");
  found.current = in.u64le("current_mit_vector");
  out.mitigations = found;
  take_zeros(in, size - 16, "reserved");
}

void read_coordinate(reader& in, bytes& into, std::string_view field) {
  const auto little = in.take(coordinate_field, field);
  if (!in.ok())
    return;
  const auto beyond = little.subspan(coordinate_size);
  in.require(std::ranges::all_of(beyond, [](auto byte) { return byte == 0; }), errc::malformed,
             field);
  into.insert(into.end(), little.rbegin() + (coordinate_field - coordinate_size), little.rend());
}

void read_identity(reader& in, attestation_report& out) {
  out.guest_svn = in.u32le("guest_svn");
  out.policy = in.u64le("policy");
  out.family_id = take<16>(in, "family_id");
  out.image_id = take<16>(in, "image_id");
  out.vmpl = in.u32le("vmpl");
  out.signature_algorithm = in.u32le("signature_algo");
}

void read_guest(reader& in, attestation_report& out) {
  out.report_data = take<64>(in, "report_data");
  out.measurement = take<48>(in, "measurement");
  out.host_data = take<32>(in, "host_data");
  out.id_key_digest = take<48>(in, "id_key_digest");
  out.author_key_digest = take<48>(in, "author_key_digest");
  out.report_id = take<32>(in, "report_id");
  out.report_id_ma = take<32>(in, "report_id_ma");
}

} // namespace

std::string to_string(const firmware_version& version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.'
         + std::to_string(version.build);
}

std::optional<product_line> product_of(const attestation_report& report) noexcept {
  return report.processor ? product_of(report.processor->family, report.processor->model)
                          : std::nullopt;
}

result<attestation_report> parse_report(byte_view input) {
  reader in{input, "snp.report"};
  attestation_report out;
  out.version = in.u32le("version");
  in.require(oldest_version <= out.version && out.version <= newest_version, errc::unsupported,
             "version");
  read_identity(in, out);
  out.current_tcb = take<8>(in, "current_tcb");
  out.platform_info = in.u64le("platform_info");
  read_keys(in, out);
  read_guest(in, out);
  out.reported_tcb = take<8>(in, "reported_tcb");
  read_processor(in, out);
  out.chip_id = take<64>(in, "chip_id");
  out.committed_tcb = take<8>(in, "committed_tcb");
  out.current_version = read_firmware(in, "current_version");
  out.committed_version = read_firmware(in, "committed_version");
  out.launch_tcb = take<8>(in, "launch_tcb");
  read_mitigations(in, out);
  if (in.ok())
    out.signed_bytes = copy(input.first(in.position()));
  read_coordinate(in, out.signature, "signature.r");
  read_coordinate(in, out.signature, "signature.s");
  take_zeros(in, behind_signature, "signature.reserved");
  return in.finish(std::move(out));
}

} // namespace troth::evidence::snp
