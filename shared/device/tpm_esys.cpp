#include "shared/device/tpm_esys.hpp"

#include "shared/device/esys_keys.hpp"
#include "shared/device/esys_nv.hpp"
#include "shared/device/esys_registers.hpp"
#include "shared/device/esys_tls_keys.hpp"
#include "shared/device/templates.hpp"

#include <cstdlib>
#include <optional>

namespace troth::device {

namespace {

class esys_tpm final : public tpm {
public:
  explicit esys_tpm(std::unique_ptr<esys::connection> at) : at_(std::move(at)), tls_(*at_) {
    // nop
  }

  result<endorsement_key> endorsement() override {
    auto found = with_room([&] { return esys::open_endorsement_key(*at_); });
    if (!found)
      return found.error();
    return (*std::move(found)).key;
  }

  result<key_blob> create_key(key_algorithm algorithm) override {
    return with_room([&] { return esys::create_key(*at_, attestation(algorithm)); });
  }

  result<void> load_key(const key_blob& key) override {
    key_.reset();
    auto loaded = with_room([&] { return esys::load_key(*at_, key); });
    if (!loaded)
      return loaded.error();
    key_.emplace(*std::move(loaded));
    is_transient_ = true;
    return {};
  }

  result<bytes> use_kept_key(std::uint32_t index) override {
    key_.reset();
    auto opened = esys::open_kept_key(*at_, index);
    if (!opened)
      return opened.error();
    auto kept = *std::move(opened);
    key_.emplace(std::move(kept.object));
    is_transient_ = false;
    return std::move(kept.public_area);
  }

  result<void> keep_key(std::uint32_t index) override {
    if (!key_)
      return no_key;
    if (const auto kept = esys::keep_key(*at_, *key_, index); !kept)
      return kept;
    const auto used = use_kept_key(index);
    return used ? result<void>{} : used.error();
  }

  result<bytes> activate(byte_view id_object, byte_view encrypted_secret) override {
    if (!key_)
      return no_key;
    return with_room(
      [&] { return esys::activate_credential(*at_, *key_, id_object, encrypted_secret); });
  }

  result<signed_quote> quote(byte_view nonce, const pcr_set& pcrs) override {
    if (!key_)
      return no_key;
    return esys::quote(*at_, *key_, nonce, pcrs);
  }

  result<key_blob> create_tls_key(crypto::key_kind kind) override {
    return with_room([&] { return esys::create_tls_key(*at_, kind); });
  }

  result<signed_certification> certify_tls_key(const key_blob& key, byte_view nonce) override {
    if (!key_)
      return no_key;
    return in_room(tls_.certify(key, *key_, nonce, beside()));
  }

  result<bytes> sign(const key_blob& key, const digest& of) override {
    return in_room(tls_.sign(key, of, beside()));
  }

  result<std::vector<digest>> read_pcrs(const pcr_set& pcrs) override {
    return esys::read_pcrs(*at_, pcrs);
  }

  result<std::vector<hash_algorithm>> active_banks() override { return esys::active_banks(*at_); }

  result<void> extend(std::uint32_t pcr, const std::vector<digest>& values) override {
    return esys::extend(*at_, pcr, values);
  }

  result<bytes> read_nv(std::uint32_t index) override { return esys::read_nv(*at_, index); }

  result<void> write_nv(std::uint32_t index, byte_view content) override {
    return esys::write_nv(*at_, index, content);
  }

private:
  inline static const error no_key{errc::missing, "tpm: no key is loaded"};

  /// Returns how many objects are loaded that are no TLS keys.
  std::size_t beside() const { return key_ && is_transient_ ? 1 : 0; }

  /// What has no room although we have nothing more to give up is for a new connection to cure.
  template <class T>
  static result<T> in_room(result<T> outcome) {
    if (!outcome && outcome.error().code == errc::exhausted)
      return error{errc::io, outcome.error().where};
    return outcome;
  }

  /// Does what needs objects or sessions of its own for a moment. TLS keys give way.
  template <class Use>
  auto with_room(Use use) -> decltype(use()) {
    constexpr std::size_t at_once = 2; // a parent, and what is made under it
    tls_.make_room(at_once, beside());
    auto out = use();
    while (!out && out.error().code == errc::exhausted && tls_.flush_one())
      out = use();
    return in_room(std::move(out));
  }

  std::unique_ptr<esys::connection> at_;
  std::optional<esys::handle> key_; // it and the next end before the connection
  bool is_transient_ = false;       // not kept by the TPM
  esys::tls_keys tls_;
};

} // namespace

result<std::unique_ptr<tpm>> open_tpm(const std::string& tcti) {
  auto at = esys::connection::open(tcti);
  if (!at)
    return at.error();
  return std::unique_ptr<tpm>{std::make_unique<esys_tpm>(*std::move(at))};
}

void quiet_tpm_library() {
  setenv("TSS2_LOG", "all+NONE", 0);
}

} // namespace troth::device
