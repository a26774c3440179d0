#include "shared/crypto/x509_values.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/x509.h>

#include <array>
#include <cstdio>

namespace troth::crypto {

using namespace openssl;

std::string text_of_name(const X509_NAME* name) {
  const error_queue errors;
  const memory_bio bio{BIO_new(BIO_s_mem())};
  // RFC 4514 as 2253, but letters beyond ASCII stay letters.
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(bio.get());
}

time_point time_of(const ASN1_TIME* time) {
  const error_queue errors;
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1)
    return {};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  const auto read = parse_time(text.data());
  return read ? *read : time_point{};
}

std::string dotted(const ASN1_OBJECT* oid) {
  std::array<char, 128> text{};
  const auto size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), oid, 1);
  if (size <= 0 || static_cast<std::size_t>(size) >= text.size())
    return {};
  return text.data();
}

std::string ip_text(byte_view address) {
  std::string out;
  if (address.size() == 4)
    for (const auto byte : address)
      out += (out.empty() ? "" : ".") + std::to_string(byte);
  else if (address.size() == 16)
    for (std::size_t at = 0; at < 16; at += 2)
      out += (out.empty() ? "" : ":") + hex(address.subspan(at, 2));
  return out;
}

} // namespace troth::crypto
