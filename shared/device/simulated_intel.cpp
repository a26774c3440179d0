#include "shared/device/simulated_intel.hpp"

#include "shared/base/hex.hpp"
#include "shared/endorsement/simulated.hpp"

#include <array>
#include <utility>

namespace troth::device {

namespace {

using namespace endorsement::intel;

constexpr signature_algorithm intel_signature{signature_scheme::ecdsa, hash_algorithm::sha256};

crypto::certificate_content content(std::string name, time_point not_before, time_point not_after) {
  crypto::certificate_content out;
  out.subject = {std::move(name), std::string{endorsement::simulated_organization}};
  out.key_usages = {crypto::key_usage::digital_signature};
  out.not_before = not_before;
  out.not_after = not_after;
  return out;
}

crypto::certificate_content authority(std::string name, time_point not_before,
                                      time_point not_after) {
  auto out = content(std::move(name), not_before, not_after);
  out.key_usages = {crypto::key_usage::certificate_sign, crypto::key_usage::crl_sign};
  out.ca.emplace();
  return out;
}

result<simulated_key> certify(const crypto::certificate_content& what, const simulated_key& by) {
  auto key = crypto::private_key::generate(crypto::key_kind::p256);
  if (!key)
    return key.error();
  auto made = crypto::issue(what, key->public_half(), by.certificate, by.key);
  if (!made)
    return made.error();
  return simulated_key{*std::move(key), *std::move(made)};
}

bytes der(std::uint8_t tag, byte_view value) {
  bytes out{tag};
  if (value.size() >= 0x100) {
    out.push_back(0x82);
    out.push_back(static_cast<std::uint8_t>(value.size() >> 8));
  } else if (value.size() >= 0x80) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

bytes number(std::uint8_t tag, std::uint16_t value) {
  bytes content;
  if (value >= 0x100)
    content.push_back(static_cast<std::uint8_t>(value >> 8));
  content.push_back(static_cast<std::uint8_t>(value));
  if (content.front() >= 0x80)
    content.insert(content.begin(), 0);
  return der(tag, content);
}

void append(bytes& to, byte_view what) {
  to.insert(to.end(), what.begin(), what.end());
}

/// `{OID below 1.2.840.113741.1.13.1, value}`.
bytes item(std::initializer_list<std::uint8_t> below, byte_view value) {
  bytes oid{0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
  oid.insert(oid.end(), below);
  auto content = der(0x06, oid);
  append(content, value);
  return der(0x30, content);
}

bytes octets(byte_view value) {
  return der(0x04, value);
}

bytes write_pck_tcb(const pck_tcb& of) {
  bytes out;
  for (std::uint8_t i = 0; i < of.components.size(); ++i)
    append(out, item({2, static_cast<std::uint8_t>(i + 1)}, number(0x02, of.components.at(i))));
  append(out, item({2, 17}, number(0x02, of.pce_svn)));
  append(out, item({2, 18}, octets(of.cpu_svn)));
  return der(0x30, out);
}

} // namespace

bytes write_pck_extension(const pck_extension& of) {
  bytes out = item({1}, octets(of.ppid));
  append(out, item({2}, write_pck_tcb(of.tcb)));
  append(out, item({3}, octets(of.pce_id)));
  append(out, item({4}, octets(of.fmspc)));
  append(out, item({5}, number(0x0a, of.sgx_type)));
  if (of.platform_instance_id)
    append(out, item({6}, octets(*of.platform_instance_id)));
  if (of.configuration) {
    bytes flags;
    const std::array values{of.configuration->dynamic_platform, of.configuration->cached_keys,
                            of.configuration->smt_enabled};
    for (std::uint8_t i = 0; i < values.size(); ++i)
      if (const auto& value = values.at(i); value)
        append(flags, item({7, static_cast<std::uint8_t>(i + 1)},
                           der(0x01, bytes{static_cast<std::uint8_t>(*value ? 0xff : 0)})));
    append(out, item({7}, der(0x30, flags)));
  }
  return der(0x30, out);
}

result<simulated_intel> simulated_intel::make(time_point not_before, time_point not_after) {
  auto key = crypto::private_key::generate(crypto::key_kind::p256);
  if (!key)
    return key.error();
  auto made = crypto::self_sign(authority("Intel SGX Root CA", not_before, not_after), *key);
  if (!made)
    return made.error();
  const simulated_key root{*std::move(key), *std::move(made)};
  auto platform = certify(authority("Intel SGX PCK Platform CA", not_before, not_after), root);
  if (!platform)
    return platform.error();
  auto processor = certify(authority("Intel SGX PCK Processor CA", not_before, not_after), root);
  if (!processor)
    return processor.error();
  auto signer = certify(content("Intel SGX TCB Signing", not_before, not_after), root);
  if (!signer)
    return signer.error();
  return simulated_intel{root, *std::move(platform), *std::move(processor), *std::move(signer)};
}

result<simulated_key> simulated_intel::make_pck(const pck_extension& of, time_point not_before,
                                                time_point not_after) const {
  auto what = content("Intel SGX PCK Certificate", not_before, not_after);
  what.more = {{std::string{sgx_extension_oid}, false, write_pck_extension(of)}};
  return certify(what, ca_of(of));
}

result<std::string> sign_statement(const std::string& name, const std::string& body,
                                   const crypto::private_key& key) {
  const auto signature = key.sign(intel_signature, to_bytes(body));
  if (!signature)
    return signature.error();
  return "{\"" + name + "\":" + body + ",\"signature\":\"" + hex(*signature) + "\"}";
}

} // namespace troth::device
