#include "shared/crypto/host_name.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

namespace troth::crypto {

namespace {

bool is_label(std::string_view label) noexcept {
  constexpr std::size_t longest = 63;
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_';
  };
  return !label.empty() && label.size() <= longest && label.front() != '-' && label.back() != '-'
         && std::ranges::all_of(label, belongs);
}

} // namespace

bool is_host_name(std::string_view name) noexcept {
  constexpr std::size_t longest = 253;
  if (name.size() > longest)
    return false;
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    if (!is_label(name.substr(0, dot)))
      return false;
    name.remove_prefix(dot + 1);
  }
  return is_label(name);
}

bytes address_bytes(const std::string& text) {
  const openssl::error_queue errors;
  const openssl::owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> address{
    a2i_IPADDRESS(text.c_str())};
  if (!address)
    return {};
  return copy({ASN1_STRING_get0_data(address.get()),
               static_cast<std::size_t>(ASN1_STRING_length(address.get()))});
}

bool is_issued_to(const certificate& holder, const std::string& host) {
  const openssl::error_queue errors;
  if (const auto address = address_bytes(host); !address.empty())
    return X509_check_ip(holder.get(), address.data(), address.size(), 0) == 1;
  constexpr unsigned strict = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
                              | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  return !host.empty()
         && X509_check_host(holder.get(), host.data(), host.size(), strict, nullptr) == 1;
}

} // namespace troth::crypto
