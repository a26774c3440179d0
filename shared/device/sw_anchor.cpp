#include "shared/device/sw_anchor.hpp"

#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/device/container_log.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "shared/files/files.hpp"

#include <array>
#include <string>
#include <utility>

namespace troth::device {

namespace {

constexpr const char* software_key_file = "sw_ak.pem";
constexpr const char* software_log_file = "containers.cbor";
constexpr std::size_t max_key_bytes = std::size_t{16} * 1024;
constexpr std::size_t max_software_nonce_bytes = 64;
constexpr signature_algorithm software_signature{signature_scheme::ecdsa, hash_algorithm::sha256};

class sw_anchor final : public anchor {
public:
  sw_anchor(crypto::private_key key, container_log log)
    : key_(std::move(key)), log_(std::move(log)) {
    // nop
  }

  /// As cmc's: a key, and the log of containers if there were any.
  result<report::collateral> collateral() override {
    report::collateral out;
    out.type = report::sw_evidence;
    out.key = to_bytes(key_.public_half().pem());
    const auto events = log_.events();
    if (!events.empty())
      out.artifacts
        = {{std::string{report::artifact_sw_eventlog}, 0, {events.begin(), events.end()}}};
    told_events_ = events.size();
    return out;
  }

  result<report::component> measure(const report::component& container) override {
    auto event = container_event(container, {});
    if (!event || log_.contains(*event))
      return event;
    if (const auto added = log_.add(*event); !added)
      return added.error();
    if (const auto closed = log_.close(); !closed)
      return closed.error();
    return event;
  }

  result<report::evidence> evidence(byte_view nonce) override {
    if (nonce.empty() || nonce.size() > max_software_nonce_bytes)
      return error{errc::malformed,
                   "nonce: expected 1 to 64 bytes, got " + std::to_string(nonce.size())};
    if (told_events_ != log_.events().size())
      return error{errc::conflict, "sw: a container was measured since the log was taken"};
    digest aggregate{hash_algorithm::sha256}; // where a register starts
    for (const auto& event : log_.events())
      crypto::extend(aggregate, event.find_hash(hash_algorithm::sha256)->view());
    const auto payload = evidence::sw::write_statement({copy(nonce), aggregate});
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

  result<std::optional<certification_request>> wanted_certification(renewal) override {
    return std::optional<certification_request>{};
  }

  result<void> certify(const certification&) override {
    return error{errc::conflict, "sw: no certificate was asked for"};
  }

private:
  crypto::private_key key_;
  container_log log_;
  std::size_t told_events_ = 0; // of the last collateral
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

result<std::unique_ptr<anchor>> make_sw_anchor(const std::filesystem::path& state,
                                               const std::string& boot) {
  auto key = load_or_make(state / software_key_file);
  if (!key)
    return key.error();
  auto opened = container_log::open(state / software_log_file, boot);
  if (!opened)
    return opened.error();
  auto log = *std::move(opened);
  if (const auto dropped = log.drop_open(); !dropped) // nobody was told that it is there
    return dropped.error();
  return std::unique_ptr<anchor>{std::make_unique<sw_anchor>(*std::move(key), std::move(log))};
}

} // namespace troth::device
