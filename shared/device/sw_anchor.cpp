#include "shared/device/sw_anchor.hpp"

#include "shared/codec/jws.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "shared/files/files.hpp"

#include <array>
#include <string>
#include <utility>

namespace troth::device {

namespace {

constexpr const char* software_key_file = "sw_ak.pem";
constexpr std::size_t max_key_bytes = std::size_t{16} * 1024;
constexpr std::size_t max_software_nonce_bytes = 64;
constexpr signature_algorithm software_signature{signature_scheme::ecdsa, hash_algorithm::sha256};

class sw_anchor final : public anchor {
public:
  explicit sw_anchor(crypto::private_key key) : key_(std::move(key)) {
    // nop
  }

  /// As cmc's without a container log: a key, and no artifact.
  result<report::collateral> collateral() override {
    report::collateral out;
    out.type = report::sw_evidence;
    out.key = to_bytes(key_.public_half().pem());
    return out;
  }

  result<report::evidence> evidence(byte_view nonce) override {
    if (nonce.empty() || nonce.size() > max_software_nonce_bytes)
      return error{errc::malformed,
                   "nonce: expected 1 to 64 bytes, got " + std::to_string(nonce.size())};
    // A log without entries leads to where a register starts.
    const auto payload
      = evidence::sw::write_statement({copy(nonce), digest{hash_algorithm::sha256}});
    const codec::signer signer{software_signature, {}, [this](byte_view signed_bytes) {
                                 return key_.sign(software_signature, signed_bytes);
                               }};
    const auto message = codec::write_jws(payload, std::array{signer}, codec::jws_form::flattened);
    if (!message)
      return message.error();
    report::evidence out;
    out.type = report::sw_evidence;
    out.body = to_bytes(*message);
    return out;
  }

  result<void> check() override { return {}; }

  result<std::optional<certification_request>> wanted_certification() override {
    return std::optional<certification_request>{};
  }

  result<void> certify(const certification&) override {
    return error{errc::conflict, "sw: no certificate was asked for"};
  }

private:
  crypto::private_key key_;
};

result<crypto::private_key> load_or_make(const std::filesystem::path& file) {
  const auto kept = files::read(file, max_key_bytes);
  if (kept) {
    auto key = crypto::private_key::from_pem(to_text(*kept));
    if (key && key->public_half().kind() != crypto::key_kind::p256)
      return error{errc::malformed, file.string() + ": expected a key on P-256"};
    return key;
  }
  if (kept.error().code != errc::not_found)
    return kept.error();
  auto made = crypto::private_key::generate(crypto::key_kind::p256);
  if (!made)
    return made;
  if (const auto written = files::write(file, to_bytes(made->pem()), files::access::owner);
      !written)
    return written.error();
  return made;
}

} // namespace

result<std::unique_ptr<anchor>> make_sw_anchor(const std::filesystem::path& state) {
  auto key = load_or_make(state / software_key_file);
  if (!key)
    return key.error();
  return std::unique_ptr<anchor>{std::make_unique<sw_anchor>(*std::move(key))};
}

} // namespace troth::device
