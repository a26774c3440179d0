#include "shared/device/tpm_anchor.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/device/attestation_key_store.hpp"
#include "shared/device/container_register.hpp"
#include "shared/device/ek_certificate.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/quote.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace troth::device {

namespace {

constexpr std::size_t max_nonce_bytes = 64;
constexpr auto quote_hash = hash_algorithm::sha256; // of the schemes that our keys have
constexpr int log_readings = 3;

/// What a quote over these values says of them.
bytes quoted_digest(const std::vector<digest>& values) {
  bytes joined;
  for (const auto& value : values)
    joined.insert(joined.end(), value.view().begin(), value.view().end());
  return copy(crypto::hash(quote_hash, joined).view());
}

result<void> check_nonce(byte_view nonce) {
  if (nonce.empty() || nonce.size() > max_nonce_bytes)
    return error{errc::malformed,
                 "nonce: expected 1 to 64 bytes, got " + std::to_string(nonce.size())};
  return {};
}

/// Registers at one time: what the logs lead to, and what they held.
struct observation {
  std::vector<report::artifact> artifacts;
  std::vector<digest> logged;
  std::vector<digest> held;

  bool agrees() const { return logged == held; }
};

class tpm_anchor final : public anchor {
public:
  tpm_anchor(tpm_choices chosen, tpm_anchor_ports ports)
    : chosen_(std::move(chosen)), ports_(std::move(ports)), store_(chosen_.state) {
    if (chosen_.container_pcr)
      containers_.emplace(chosen_.state / "containers.cbor", chosen_.boot,
                          measured_register{*chosen_.container_pcr, chosen_.pcrs.bank},
                          ports_.note);
  }

  result<report::collateral> collateral() override;
  result<report::evidence> evidence(byte_view nonce) override;
  result<report::component> measure(const report::component& container) override;
  result<key_blob> make_tls_key(crypto::key_kind kind) override;
  result<signed_certification> certify_tls_key(const key_blob& key, byte_view nonce) override;
  result<bytes> sign(const key_blob& key, const digest& of) override;
  result<void> check() override;
  result<std::optional<certification_request>> wanted_certification(renewal when) override;
  result<void> certify(const certification& answer) override;

private:
  /// Calls `use` with the open TPM; once more with a new connection if that one was lost.
  template <class Use>
  auto with_tpm(Use use) -> decltype(use(std::declval<tpm&>())) {
    const bool was_open = tpm_ != nullptr;
    if (const auto opened = open(); !opened)
      return opened.error();
    auto out = use(*tpm_);
    if (out || out.error().code != errc::io)
      return out;
    tpm_.reset();
    if (!was_open)
      return out;
    if (const auto opened = open(); !opened)
      return opened.error();
    return use(*tpm_);
  }

  result<void> open();
  result<void> use_kept_key(tpm& at);
  result<void> load_or_make_key(tpm& at);
  result<void> make_key(tpm& at);
  result<observation> observe(tpm& at) const;
  result<observation> convert_logs(const measurement_logs& logs, std::vector<digest> held) const;
  result<void> check_certified() const;

  const tpm_choices chosen_;
  const tpm_anchor_ports ports_;
  const attestation_key_store store_;
  std::unique_ptr<tpm> tpm_; // with `key_` loaded
  key_blob key_;
  std::vector<crypto::certificate> chain_; // of `key_`
  std::optional<observation> last_;        // that went out as collateral
  std::optional<container_register> containers_;
};

result<void> tpm_anchor::open() {
  if (tpm_)
    return {};
  auto opened = ports_.open();
  if (!opened)
    return opened.error();
  auto fresh = *std::move(opened);
  if (const auto loaded = load_or_make_key(*fresh); !loaded)
    return loaded;
  if (containers_)
    if (const auto settled = containers_->settle(*fresh); !settled)
      return settled;
  tpm_ = std::move(fresh);
  return {};
}

/// Nobody needs the certificate: who vouches for the key names it.
result<void> tpm_anchor::use_kept_key(tpm& at) {
  const auto used = at.use_kept_key(chosen_.kept->handle);
  if (!used)
    return used.error();
  chain_.clear();
  const auto stored = at.read_nv(chosen_.kept->certificate_index);
  if (!stored && stored.error().code != errc::not_found)
    return stored.error();
  const auto trimmed = stored ? trim_certificate(*stored) : stored;
  const auto read = trimmed ? crypto::certificate::from_der(*trimmed)
                            : result<crypto::certificate>{trimmed.error()};
  if (read)
    chain_ = {*read};
  else if (read.error().code != errc::not_found)
    ports_.note("the key's certificate is left out: " + to_string(read.error()));
  return {};
}

result<void> tpm_anchor::load_or_make_key(tpm& at) {
  if (chosen_.kept)
    return use_kept_key(at);
  auto kept = store_.key();
  if (!kept && kept.error().code == errc::io)
    return kept.error();
  if (!kept) {
    ports_.note("a new attestation key: " + to_string(kept.error()));
    return make_key(at);
  }
  if (const auto algorithm = algorithm_of(*kept); !algorithm || *algorithm != chosen_.algorithm) {
    ports_.note("a new attestation key: the kept one is of another algorithm");
    return make_key(at);
  }
  const auto loaded = at.load_key(*kept);
  if (!loaded && loaded.error().code == errc::conflict) {
    ports_.note("a new attestation key: " + to_string(loaded.error()));
    return make_key(at);
  }
  if (!loaded)
    return loaded;
  key_ = *std::move(kept);
  auto chain = store_.certificates(key_);
  chain_ = chain ? *std::move(chain) : std::vector<crypto::certificate>{};
  return {};
}

result<void> tpm_anchor::make_key(tpm& at) {
  auto made = at.create_key(chosen_.algorithm);
  if (!made)
    return made.error();
  if (const auto kept = store_.set_key(*made); !kept)
    return kept;
  key_ = *std::move(made);
  chain_.clear();
  return at.load_key(key_);
}

/// Takes the logs, and then what the registers hold. The kernel adds to both at any time: if
/// they differ, a second look tells what was under way from what was never logged.
result<observation> tpm_anchor::observe(tpm& at) const {
  for (int reading = 1;; ++reading) {
    auto read = ports_.read_logs();
    if (!read)
      return read.error();
    auto logs = *std::move(read);
    if (containers_)
      logs.containers = containers_->components();
    auto held = at.read_pcrs(chosen_.pcrs);
    if (!held)
      return held.error();
    auto out = convert_logs(logs, *std::move(held));
    if (!out || out->agrees() || reading == log_readings)
      return out;
  }
}

result<observation> tpm_anchor::convert_logs(const measurement_logs& logs,
                                             std::vector<digest> held) const {
  using endorsement::ima_extend;
  observation out;
  // Which of the two the kernel does, only the registers tell.
  for (const auto how : {ima_extend::hashed, ima_extend::padded}) {
    auto converted = convert(logs, chosen_.pcrs, held, how);
    observation candidate;
    for (auto& each : converted.registers) {
      candidate.logged.push_back(each.leads_to);
      candidate.artifacts.push_back(std::move(each.artifact));
    }
    candidate.held = held;
    for (const auto& why : converted.unreadable)
      if (how == ima_extend::hashed)
        ports_.note("a log is left out: " + to_string(why));
    if (candidate.agrees())
      return candidate;
    if (how == ima_extend::hashed)
      out = std::move(candidate);
  }
  return out;
}

result<void> tpm_anchor::check_certified() const {
  if (chosen_.kept)
    return {};
  if (chain_.empty())
    return error{errc::unavailable, "tpm: the attestation key is not certified yet"};
  if (ports_.now() > chain_.front().not_after())
    return error{errc::unavailable, "tpm: the attestation key's certificate has expired"};
  return {};
}

result<report::collateral> tpm_anchor::collateral() {
  last_.reset();
  auto seen = with_tpm([&](tpm& at) { return observe(at); });
  if (!seen)
    return seen.error();
  if (const auto certified = check_certified(); !certified)
    return certified.error();
  if (!seen->agrees())
    ports_.note("the registers are not what the logs lead to");
  report::collateral out;
  out.type = chosen_.evidence_type;
  for (const auto& each : chain_)
    out.certificates.push_back(each.der());
  out.artifacts = std::move(seen->artifacts);
  last_ = *std::move(seen);
  return out;
}

result<report::evidence> tpm_anchor::evidence(byte_view nonce) {
  if (const auto good = check_nonce(nonce); !good)
    return good.error();
  if (!last_)
    return error{errc::conflict, "tpm: no logs were taken"};
  if (const auto certified = check_certified(); !certified)
    return certified.error();
  auto quoted = with_tpm([&](tpm& at) { return at.quote(nonce, chosen_.pcrs); });
  if (!quoted)
    return quoted.error();
  const auto quote = evidence::tpm::parse_quote(quoted->attest);
  if (!quote)
    return error{errc::io, "tpm: " + to_string(quote.error())};
  // Registers that no log explains are the verifier's to judge; ones that moved are not what
  // the logs were taken for.
  if (quote->pcr_digest != quoted_digest(last_->logged)
      && quote->pcr_digest != quoted_digest(last_->held))
    return error{errc::conflict, "tpm: the registers moved on since the logs were taken"};
  report::evidence out;
  out.type = chosen_.evidence_type;
  out.body = std::move(quoted->attest);
  out.signature = std::move(quoted->signature);
  return out;
}

result<report::component> tpm_anchor::measure(const report::component& container) {
  if (!containers_)
    return anchor::measure(container);
  return with_tpm([&](tpm& at) { return containers_->measure(at, container); });
}

result<key_blob> tpm_anchor::make_tls_key(crypto::key_kind kind) {
  return with_tpm([&](tpm& at) { return at.create_tls_key(kind); });
}

result<signed_certification> tpm_anchor::certify_tls_key(const key_blob& key, byte_view nonce) {
  if (const auto good = check_nonce(nonce); !good)
    return good.error();
  if (const auto opened = open(); !opened)
    return opened.error();
  if (const auto certified = check_certified(); !certified)
    return certified.error();
  return with_tpm([&](tpm& at) { return at.certify_tls_key(key, nonce); });
}

result<bytes> tpm_anchor::sign(const key_blob& key, const digest& of) {
  return with_tpm([&](tpm& at) { return at.sign(key, of); });
}

result<void> tpm_anchor::check() {
  const auto held = with_tpm([&](tpm& at) { return at.read_pcrs(chosen_.pcrs); });
  if (!held)
    return held.error();
  if (containers_ && !containers_->trouble().empty())
    return error{errc::conflict, containers_->trouble()};
  return check_certified();
}

result<std::optional<certification_request>> tpm_anchor::wanted_certification(renewal when) {
  if (chosen_.kept)
    return std::optional<certification_request>{};
  const auto wanted = [&](tpm& at) -> result<std::optional<certification_request>> {
    if (when == renewal::when_due && !chain_.empty()
        && !is_due_for_renewal(chain_.front(), ports_.now()))
      return std::optional<certification_request>{};
    auto endorsement = at.endorsement();
    if (!endorsement)
      return endorsement.error();
    auto key = *std::move(endorsement);
    return std::optional{certification_request{std::move(key.certificate),
                                               std::move(key.public_area), key_.public_area}};
  };
  return with_tpm(wanted);
}

result<void> tpm_anchor::certify(const certification& answer) {
  const auto secret
    = with_tpm([&](tpm& at) { return at.activate(answer.id_object, answer.encrypted_secret); });
  if (!secret)
    return secret.error();
  crypto::seal_key key;
  if (secret->size() != key.size())
    return error{errc::malformed, "credential: expected 32 bytes"};
  std::ranges::copy(*secret, key.begin());
  const auto area = evidence::tpm::parse_public_area(key_.public_area);
  if (!area)
    return area.error();
  const auto pem = crypto::open(key, answer.sealed_certificates, endorsement::name_of(*area));
  if (!pem)
    return pem.error();
  auto chain = store_.set_certificates(key_, to_text(*pem));
  if (!chain)
    return chain.error();
  chain_ = *std::move(chain);
  return {};
}

} // namespace

result<std::unique_ptr<anchor>> make_tpm_anchor(tpm_choices chosen, tpm_anchor_ports ports) {
  const auto& indices = chosen.pcrs.indices;
  if (indices.empty())
    return error{errc::missing, "tpm.pcrs: no register is selected"};
  if (std::ranges::adjacent_find(indices, std::greater_equal<>{}) != indices.end()
      || indices.back() >= pcr_count)
    return error{errc::malformed, "tpm.pcrs: expected ascending numbers below 24"};
  if (chosen.container_pcr && !std::ranges::count(indices, *chosen.container_pcr))
    return error{errc::malformed, "containers.pcr: not among tpm.pcrs"};
  return std::unique_ptr<anchor>{std::make_unique<tpm_anchor>(std::move(chosen), std::move(ports))};
}

} // namespace troth::device
