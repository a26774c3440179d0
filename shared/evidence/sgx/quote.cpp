#include "shared/evidence/sgx/quote.hpp"

#include "shared/base/reader.hpp"

namespace troth::evidence::sgx {

namespace {

constexpr std::uint16_t known_version = 3;

} // namespace

result<quote> parse_quote(byte_view input) {
  reader in{input, "sgx.quote"};
  quote out;
  out.header = read_header(in, {known_version, known_version}, tee_sgx);
  out.body = read_enclave_report(in);
  out.signed_bytes = copy(input.first(in.position()));
  const auto signature = in.sized32le(max_signature_data, "signature_data");
  out.signature_data_bytes = signature.size();
  out.trailing_bytes = in.remaining();
  (void)in.take(in.remaining(), "padding");
  if (!in.ok())
    return in.failure();
  auto parsed = parse_signature_data(signature, signature_layout::flat);
  if (!parsed)
    return parsed.error();
  out.signed_by = *std::move(parsed);
  return in.finish(std::move(out));
}

} // namespace troth::evidence::sgx
