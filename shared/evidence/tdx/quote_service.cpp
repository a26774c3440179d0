#include "shared/evidence/tdx/quote_service.hpp"

#include "shared/base/reader.hpp"
#include "shared/evidence/sgx/encode.hpp"

#include <string>
#include <utility>

namespace troth::evidence::tdx {

namespace {

constexpr std::size_t request_header_bytes = 16;
constexpr std::uint16_t major_version = 1;
constexpr std::uint16_t minor_version = 1;
constexpr std::uint32_t get_quote_request = 0;
constexpr std::uint32_t get_quote_response = 1;

} // namespace

bytes write_quote_request(byte_view td_report) {
  const auto size = request_header_bytes + 8 + td_report.size();
  sgx::encoder out;
  out.number(major_version, 2)
    .number(minor_version, 2)
    .number(get_quote_request, 4)
    .number(size, 4)
    .number(0, 4) // no error
    .number(td_report.size(), 4)
    .number(0, 4) // no list of quoting enclaves: any will do
    .raw(td_report);
  return std::move(out).take();
}

result<bytes> parse_quote_response(byte_view message) {
  reader in{message, "tdx.quote_service"};
  in.require(message.size() <= max_quote_service_message, errc::too_large, "size");
  const auto major = in.u16le("major_version");
  in.require(major == major_version, errc::unsupported, "major_version");
  in.u16le("minor_version");
  const auto type = in.u32le("type");
  in.require(type == get_quote_response, errc::unsupported, "type");
  const auto size = in.u32le("size");
  in.require(size == message.size(), errc::malformed, "size");
  const auto status = in.u32le("error_code");
  if (in.ok() && status != 0)
    return error{errc::unavailable, "tdx.quote_service: error " + std::to_string(status)};
  const std::size_t id_size = in.u32le("selected_id_size");
  const std::size_t quote_size = in.u32le("quote_size");
  in.require(quote_size != 0, errc::malformed, "quote_size");
  in.take(id_size, "selected_id");
  const auto quote = in.take(quote_size, "quote");
  return in.finish(copy(quote));
}

} // namespace troth::evidence::tdx
