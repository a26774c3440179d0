#include "shared/evidence/sgx/signature_data.hpp"

#include "shared/evidence/sgx/fields.hpp"

namespace troth::evidence::sgx {

namespace {

certification_type read_type(reader& in) {
  const auto type = in.u16le("certification_data.type");
  in.require(type >= static_cast<std::uint16_t>(certification_type::ppid_plain)
               && type <= static_cast<std::uint16_t>(certification_type::platform_manifest),
             errc::unsupported, "certification_data.type");
  return static_cast<certification_type>(type);
}

void read_certified_part(reader& in, byte_view input, signature_data& out) {
  const auto begin = in.position();
  out.qe_report = read_enclave_report(in);
  out.qe_report_bytes = copy(input.subspan(begin, in.position() - begin));
  out.qe_report_signature = take<64>(in, "qe_report_signature");
  const auto size = in.u16le("qe_auth_data");
  in.require(size <= max_auth_data, errc::too_large, "qe_auth_data");
  out.qe_auth_data = copy(in.take(size, "qe_auth_data"));
  out.type = read_type(in);
  in.require(out.type != certification_type::qe_report, errc::malformed, "certification_data.type");
  out.certification_data = copy(in.sized32le(max_certification_data, "certification_data"));
}

} // namespace

quote_header read_header(reader& in, version_range versions, std::uint32_t tee_type) {
  quote_header out;
  out.version = in.u16le("version");
  in.require(out.version >= versions.oldest && out.version <= versions.newest, errc::unsupported,
             "version");
  out.attestation_key_type = in.u16le("attestation_key_type");
  in.require(out.attestation_key_type == ecdsa_p256, errc::unsupported, "attestation_key_type");
  out.tee_type = in.u32le("tee_type");
  in.require(out.tee_type == tee_type, errc::malformed, "tee_type");
  out.qe_svn = in.u16le("qe_svn");
  out.pce_svn = in.u16le("pce_svn");
  out.qe_vendor_id = take<16>(in, "qe_vendor_id");
  out.user_data = take<20>(in, "user_data");
  return out;
}

result<signature_data> parse_signature_data(byte_view input, signature_layout layout) {
  reader in{input, "quote.signature_data"};
  signature_data out;
  out.signature = take<64>(in, "signature");
  out.attestation_key = take<64>(in, "attestation_key");
  if (layout == signature_layout::wrapped) {
    in.require(read_type(in) == certification_type::qe_report, errc::malformed,
               "certification_data.type");
    const auto size = in.u32le("certification_data.size");
    in.require(size >= in.remaining(), errc::trailing, "certification_data.size");
    in.require(size <= in.remaining(), errc::truncated, "certification_data.size");
  }
  read_certified_part(in, input, out);
  return in.finish(std::move(out));
}

} // namespace troth::evidence::sgx
