#include "shared/report/certificate_fields.hpp"

#include <algorithm>
#include <array>

namespace troth::report {

namespace {

// By their bits of RFC 5280, section 4.2.1.3.
constexpr std::array<std::string_view, 9> key_usage_names = {
  "Digital Signature", "Content Commitment", "Key Encipherment",
  "Data Encipherment", "Key Agreement",      "Cert Sign",
  "CRL Sign",          "Encipher Only",      "Decipher Only",
};

struct named_usage {
  std::string_view oid;
  std::string_view name;
};

constexpr std::array usage_names = {
  named_usage{"2.5.29.37.0", "Any"},
  named_usage{crypto::eku::server_auth, "Server Auth"},
  named_usage{crypto::eku::client_auth, "Client Auth"},
  named_usage{crypto::eku::code_signing, "Code Signing"},
  named_usage{"1.3.6.1.5.5.7.3.4", "Email Protection"},
  named_usage{"1.3.6.1.5.5.7.3.5", "IPsec Endsystem"},
  named_usage{"1.3.6.1.5.5.7.3.6", "IPsec Tunnel"},
  named_usage{"1.3.6.1.5.5.7.3.7", "IPsec User"},
  named_usage{"1.3.6.1.5.5.7.3.8", "Time Stamping"},
  named_usage{"1.3.6.1.5.5.7.3.9", "OCSP Signing"},
  named_usage{"1.3.6.1.4.1.311.10.3.3", "Microsoft Server Gated Crypto"},
  named_usage{"2.16.840.1.113730.4.1", "Netscape Server Gated Crypto"},
  named_usage{"1.3.6.1.4.1.311.2.1.22", "Microsoft Commercial Code Signing"},
  named_usage{"1.3.6.1.4.1.311.61.1.1", "Microsoft Kernel Code Signing"},
};

constexpr std::string_view unknown_algorithm = "0"; // as the reference has it

struct named_signature {
  signature_algorithm algorithm;
  std::string_view name;
};

constexpr std::array signature_names = {
  named_signature{{signature_scheme::rsassa, hash_algorithm::sha1}, "SHA1-RSA"},
  named_signature{{signature_scheme::rsassa, hash_algorithm::sha256}, "SHA256-RSA"},
  named_signature{{signature_scheme::rsassa, hash_algorithm::sha384}, "SHA384-RSA"},
  named_signature{{signature_scheme::rsassa, hash_algorithm::sha512}, "SHA512-RSA"},
  named_signature{{signature_scheme::rsapss, hash_algorithm::sha256}, "SHA256-RSAPSS"},
  named_signature{{signature_scheme::rsapss, hash_algorithm::sha384}, "SHA384-RSAPSS"},
  named_signature{{signature_scheme::rsapss, hash_algorithm::sha512}, "SHA512-RSAPSS"},
  named_signature{{signature_scheme::ecdsa, hash_algorithm::sha1}, "ECDSA-SHA1"},
  named_signature{{signature_scheme::ecdsa, hash_algorithm::sha256}, "ECDSA-SHA256"},
  named_signature{{signature_scheme::ecdsa, hash_algorithm::sha384}, "ECDSA-SHA384"},
  named_signature{{signature_scheme::ecdsa, hash_algorithm::sha512}, "ECDSA-SHA512"},
  named_signature{{signature_scheme::eddsa, hash_algorithm::sha512}, "Ed25519"},
};

std::string_view signature_name(const std::optional<signature_algorithm>& algorithm) {
  const auto* const found = std::ranges::find_if(signature_names, [&](const auto& one) {
    return one.algorithm == algorithm;
  });
  return found == signature_names.end() ? unknown_algorithm : found->name;
}

std::string_view key_name(crypto::key_kind kind) {
  switch (kind) {
  case crypto::key_kind::rsa2048:
  case crypto::key_kind::rsa3072:
  case crypto::key_kind::rsa4096:
    return "RSA";
  case crypto::key_kind::p256:
  case crypto::key_kind::p384:
  case crypto::key_kind::p521:
    return "ECDSA";
  case crypto::key_kind::ed25519:
    return "Ed25519";
  case crypto::key_kind::other:
    break;
  }
  return unknown_algorithm;
}

/// Writes `2026-11-23 09:44:44 +0000 UTC`.
std::string time_text(time_point when) {
  auto text = format_time(when);
  text.replace(text.find('T'), 1, " ");
  text.replace(text.find('Z'), 1, " +0000 UTC");
  return text;
}

void add_usages(certificate_entry& to, const crypto::certificate& from) {
  for (std::size_t bit = 0; bit < key_usage_names.size(); ++bit)
    if ((to.details.key_usage >> bit & 1U) != 0)
      to.key_usages.push_back(key_usage_names.at(bit));
  for (auto& oid : from.extended_key_usages()) {
    const auto* const found = std::ranges::find(usage_names, oid, &named_usage::oid);
    if (found != usage_names.end())
      to.extended_key_usages.push_back(found->name);
    else
      to.unknown_extended_key_usages.push_back(std::move(oid));
  }
}

void add_path_length(certificate_entry& to) {
  if (!to.details.has_basic_constraints)
    return;
  const auto length = to.details.max_path_length;
  to.max_path_length = length ? static_cast<std::int64_t>(*length) : -1;
  to.is_max_path_length_zero = length == 0;
}

} // namespace

certificate_entry entry_of(const crypto::certificate& from) {
  certificate_entry out;
  out.details = crypto::details_of(from);
  out.serial = from.serial();
  out.issuer = {std::move(out.details.issuer)};
  out.subject = {std::move(out.details.subject)};
  out.valid = {time_text(from.not_before()), time_text(from.not_after())};
  add_usages(out, from);
  out.signature_algorithm = signature_name(out.details.signed_with);
  out.key_algorithm = key_name(from.key().kind());
  out.key = from.key().pem();
  for (auto& one : from.extensions())
    out.extensions.push_back({std::move(one)});
  add_path_length(out);
  out.dns_names = from.dns_names();
  out.ip_addresses = from.ip_addresses();
  out.uris = from.uris();
  return out;
}

} // namespace troth::report
