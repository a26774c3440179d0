#include "shared/crypto/host_name.hpp"

#include "shared/base/text.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

namespace troth::crypto {

namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= max_label && text.front() != '-' && text.back() != '-'
         && std::ranges::all_of(text, [](char c) {
              return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
            });
}

} // namespace

bool is_dns_name(std::string_view text) {
  const auto labels = split(text, '.');
  return text.size() <= max_name && std::ranges::all_of(labels, is_label)
         && !std::ranges::all_of(labels.back(), is_digit);
}

bool is_ip_address(const std::string& text) {
  const openssl::error_queue errors;
  const openssl::owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> address{
    a2i_IPADDRESS(text.c_str())};
  return address != nullptr && text.find('\0') == std::string::npos;
}

bool is_issued_to(const certificate& holder, const std::string& host) {
  const openssl::error_queue errors;
  const openssl::owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> address{
    a2i_IPADDRESS(host.c_str())};
  if (address)
    return X509_check_ip(holder.get(), ASN1_STRING_get0_data(address.get()),
                         static_cast<std::size_t>(ASN1_STRING_length(address.get())), 0)
           == 1;
  constexpr unsigned strict = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
                              | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  return !host.empty()
         && X509_check_host(holder.get(), host.data(), host.size(), strict, nullptr) == 1;
}

} // namespace troth::crypto
