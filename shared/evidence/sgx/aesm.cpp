#include "shared/evidence/sgx/aesm.hpp"

#include "shared/base/hex.hpp"
#include "shared/base/reader.hpp"
#include "shared/evidence/sgx/encode.hpp"

#include <map>
#include <string>
#include <utility>

namespace troth::evidence::sgx {

namespace {

constexpr std::string_view aesm_format = "sgx.aesm";
constexpr std::uint32_t init_quote_ex = 15; // fields of Request and Response; likewise:
constexpr std::uint32_t get_quote_size_ex = 16;
constexpr std::uint32_t get_quote_ex = 17;
constexpr std::uint32_t varint_type = 0; // of protocol buffers
constexpr std::uint32_t sized_type = 2;
constexpr std::size_t quote_head_bytes = 432; // what is before the signature's size
constexpr std::size_t max_field_number = 64;

/// Writes a message of protocol buffers.
class message_writer {
public:
  message_writer& number(std::uint32_t field, std::uint64_t value) {
    varint(field << 3U | varint_type);
    varint(value);
    return *this;
  }

  message_writer& sized(std::uint32_t field, byte_view value) {
    varint(field << 3U | sized_type);
    varint(value.size());
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
  }

  bytes take() && { return std::move(out_); }

private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U)
      out_.push_back(static_cast<std::uint8_t>(value | 0x80U));
    out_.push_back(static_cast<std::uint8_t>(value));
  }

  bytes out_;
};

/// The fields of a message, each once.
struct message_fields {
  std::map<std::uint64_t, std::uint64_t> numbers;
  std::map<std::uint64_t, byte_view> texts;
};

std::uint64_t read_varint(reader& in) {
  constexpr unsigned most_bits = 63;
  std::uint64_t out = 0;
  for (unsigned shift = 0; shift <= most_bits && in.ok(); shift += 7) {
    const auto byte = in.u8("varint");
    out |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0)
      return out;
  }
  in.require(false, errc::malformed, "varint");
  return 0;
}

result<message_fields> read_fields(byte_view message) {
  reader in{message, aesm_format};
  message_fields out;
  while (in.ok() && in.remaining() != 0) {
    const auto tag = read_varint(in);
    const auto field = tag >> 3U;
    const auto type = tag & 7U;
    in.require(field != 0 && field <= max_field_number, errc::malformed, "field");
    in.require(type == varint_type || type == sized_type, errc::malformed, "type");
    in.require(!out.numbers.contains(field) && !out.texts.contains(field), errc::malformed,
               "field");
    if (!in.ok())
      break;
    if (type == varint_type)
      out.numbers[field] = read_varint(in);
    else
      out.texts[field] = in.take(read_varint(in), "sized");
  }
  return in.finish(std::move(out));
}

error no_answer(std::string_view why) {
  return {errc::malformed, std::string{aesm_format} + ": " + std::string{why}};
}

/// Takes the one answer out of a message.
result<message_fields> read_answer(byte_view message, std::uint32_t which) {
  if (message.size() > max_aesm_message)
    return error{errc::too_large, std::string{aesm_format}};
  const auto outer = read_fields(message);
  if (!outer)
    return outer.error();
  const auto at = outer->texts.find(which);
  if (at == outer->texts.end() || outer->texts.size() + outer->numbers.size() != 1)
    return no_answer("not the answer to what was asked");
  auto inner = read_fields(at->second);
  if (!inner)
    return inner.error();
  const auto code = inner->numbers.find(1);
  if (code == inner->numbers.end())
    return no_answer("no error code");
  if (code->second != 0)
    return error{errc::unavailable,
                 std::string{aesm_format} + ": error " + std::to_string(code->second)};
  return inner;
}

bytes request(std::uint32_t which, bytes inner) {
  message_writer out;
  out.sized(which, inner);
  return std::move(out).take();
}

/// sgx_att_key_id_ext_t: an ECDSA key of Intel's quoting enclave.
bytes key_id() {
  constexpr std::string_view signer
    = "8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff";
  constexpr std::size_t behind = 16 + 64 + 16;   // ext_prod_id, config_id, family_id
  constexpr std::size_t extension = 16 + 2 + 80; // spid, att_key_type, reserved
  encoder out;
  out.number(0, 2)
    .number(0, 2)
    .number(32, 2)
    .raw(*from_hex(signer))
    .zeros(16)
    .number(1, 4) // prod_id
    .zeros(behind)
    .number(2, 4) // ECDSA with P-256
    .zeros(extension);
  return std::move(out).take();
}

} // namespace

bytes write_key_request(std::size_t key_id_size) {
  message_writer out;
  out.sized(1, key_id()).number(3, key_id_size != 0 ? 1 : 0);
  if (key_id_size != 0)
    out.number(4, key_id_size);
  return request(init_quote_ex, std::move(out).take());
}

bytes write_quote_size_request() {
  message_writer out;
  out.sized(1, key_id());
  return request(get_quote_size_ex, std::move(out).take());
}

bytes write_quote_request(byte_view report, std::size_t quote_size) {
  message_writer out;
  out.sized(1, report).sized(2, key_id()).number(4, quote_size);
  return request(get_quote_ex, std::move(out).take());
}

result<aesm_key> parse_key_answer(byte_view message) {
  const auto answer = read_answer(message, init_quote_ex);
  if (!answer)
    return answer.error();
  aesm_key out;
  if (const auto info = answer->texts.find(2); info != answer->texts.end())
    out.target_info = copy(info->second);
  if (const auto size = answer->numbers.find(3); size != answer->numbers.end())
    out.key_id_size = size->second;
  if ((!out.target_info.empty() && out.target_info.size() != target_info_size)
      || out.key_id_size > max_aesm_message)
    return no_answer("target_info or pub_key_id_size");
  return out;
}

result<std::size_t> parse_quote_size_answer(byte_view message) {
  const auto answer = read_answer(message, get_quote_size_ex);
  if (!answer)
    return answer.error();
  const auto size = answer->numbers.find(2);
  if (size == answer->numbers.end() || size->second <= quote_head_bytes
      || size->second > max_aesm_message)
    return no_answer("quote_size");
  return std::size_t{size->second};
}

result<bytes> parse_quote_answer(byte_view message) {
  const auto answer = read_answer(message, get_quote_ex);
  if (!answer)
    return answer.error();
  const auto quote = answer->texts.find(2);
  if (quote == answer->texts.end())
    return no_answer("quote");
  reader in{quote->second, aesm_format};
  in.take(quote_head_bytes, "quote");
  const std::size_t signature_size = in.u32le("quote.signature_size");
  in.take(signature_size, "quote.signature");
  if (!in.ok())
    return in.failure();
  return copy(quote->second.first(in.position()));
}

} // namespace troth::evidence::sgx
