#include "shared/device/ek_certificate.hpp"

#include "shared/base/reader.hpp"

namespace troth::device {

namespace {

constexpr std::uint16_t stored_certificate = 0x1001; // TCG_TAG_PCCLIENT_STORED_CERT
constexpr std::uint16_t full_certificate = 0x1002;   // TCG_TAG_PCCLIENT_FULL_CERT
constexpr std::uint8_t der_sequence = 0x30;
constexpr std::uint8_t der_two_byte_length = 0x82; // 256 to 65535: every certificate's

/// Takes the header of TPM 1.2 off the front, if it is there.
byte_view without_header(byte_view stored) {
  reader in{stored, "ek_certificate"};
  if (in.u16be("tag") != stored_certificate)
    return stored;
  in.u8("type");
  in.u16be("size");
  if (in.u16be("full_tag") == full_certificate && in.ok())
    return stored.subspan(in.position());
  return stored;
}

} // namespace

result<bytes> trim_certificate(byte_view stored) {
  const auto content = without_header(stored);
  reader in{content, "ek_certificate"};
  in.require(in.u8("sequence") == der_sequence, errc::malformed, "sequence");
  in.require(in.u8("length") == der_two_byte_length, errc::malformed, "length");
  const auto size = in.u16be("length");
  in.take(size, "certificate");
  if (!in.ok())
    return in.failure();
  return copy(content.first(in.position()));
}

} // namespace troth::device
