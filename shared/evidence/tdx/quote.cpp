#include "shared/evidence/tdx/quote.hpp"

#include "shared/base/reader.hpp"

namespace troth::evidence::tdx {

namespace {

constexpr std::uint16_t version_without_body_type = 4;
constexpr std::uint16_t version_with_body_type = 5;

td_report_layout read_layout(reader& in, quote& out) {
  out.body_type = in.u16le("body.type");
  in.require(out.body_type == body_td_1_0 || out.body_type == body_td_1_5, errc::unsupported,
             "body.type");
  const auto layout = out.body_type == body_td_1_5 ? td_report_layout::v1_5
                                                   : td_report_layout::v1_0;
  in.require(in.u32le("body.size") == td_report_size(layout), errc::malformed, "body.size");
  return layout;
}

} // namespace

result<quote> parse_quote(byte_view input) {
  reader in{input, "tdx.quote"};
  quote out;
  out.header = sgx::read_header(in, {version_without_body_type, version_with_body_type},
                                sgx::tee_tdx);
  auto layout = td_report_layout::v1_0;
  if (out.header.version == version_with_body_type)
    layout = read_layout(in, out);
  out.body = read_td_report(in, layout);
  out.signed_bytes = copy(input.first(in.position()));
  const auto signature = in.sized32le(sgx::max_signature_data, "signature_data");
  out.signature_data_bytes = signature.size();
  out.trailing_bytes = in.remaining();
  (void)in.take(in.remaining(), "padding");
  if (!in.ok())
    return in.failure();
  auto parsed = sgx::parse_signature_data(signature, sgx::signature_layout::wrapped);
  if (!parsed)
    return parsed.error();
  out.signed_by = *std::move(parsed);
  return in.finish(std::move(out));
}

} // namespace troth::evidence::tdx
