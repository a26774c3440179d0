#include "shared/device/tpm_esys.hpp"

#include "shared/device/esys_keys.hpp"
#include "shared/device/esys_registers.hpp"

#include <cstdlib>
#include <optional>

namespace troth::device {

namespace {

class esys_tpm final : public tpm {
public:
  explicit esys_tpm(std::unique_ptr<esys::connection> at) : at_(std::move(at)) {
    // nop
  }

  result<endorsement_key> endorsement() override {
    auto found = esys::open_endorsement_key(*at_);
    if (!found)
      return found.error();
    return (*std::move(found)).key;
  }

  result<key_blob> create_key(key_algorithm algorithm) override {
    return esys::create_attestation_key(*at_, algorithm);
  }

  result<void> load_key(const key_blob& key) override {
    key_.reset();
    auto loaded = esys::load_attestation_key(*at_, key);
    if (!loaded)
      return loaded.error();
    key_.emplace(*std::move(loaded));
    return {};
  }

  result<bytes> activate(byte_view id_object, byte_view encrypted_secret) override {
    if (!key_)
      return no_key;
    return esys::activate_credential(*at_, *key_, id_object, encrypted_secret);
  }

  result<signed_quote> quote(byte_view nonce, const pcr_set& pcrs) override {
    if (!key_)
      return no_key;
    return esys::quote(*at_, *key_, nonce, pcrs);
  }

  result<std::vector<digest>> read_pcrs(const pcr_set& pcrs) override {
    return esys::read_pcrs(*at_, pcrs);
  }

  result<std::vector<hash_algorithm>> active_banks() override { return esys::active_banks(*at_); }

  result<void> extend(std::uint32_t pcr, const std::vector<digest>& values) override {
    return esys::extend(*at_, pcr, values);
  }

private:
  inline static const error no_key{errc::missing, "tpm: no key is loaded"};

  std::unique_ptr<esys::connection> at_;
  std::optional<esys::handle> key_; // ends before the connection
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
