#include "shared/device/shared_tpm.hpp"

#include <utility>

namespace troth::device {

namespace {

/// One user's end of the connection.
class shared_tpm final : public tpm {
public:
  using connection = std::shared_ptr<tpm>;
  using last_opened = std::shared_ptr<std::weak_ptr<tpm>>;

  shared_tpm(connection at, last_opened last) : at_(std::move(at)), last_(std::move(last)) {
    // nop
  }

  result<endorsement_key> endorsement() override { return noted(at_->endorsement()); }
  result<key_blob> create_key(key_algorithm algorithm) override {
    return noted(at_->create_key(algorithm));
  }
  result<void> load_key(const key_blob& key) override { return noted(at_->load_key(key)); }
  result<bytes> use_kept_key(std::uint32_t handle) override {
    return noted(at_->use_kept_key(handle));
  }
  result<void> keep_key(std::uint32_t handle) override { return noted(at_->keep_key(handle)); }
  result<bytes> activate(byte_view id_object, byte_view encrypted_secret) override {
    return noted(at_->activate(id_object, encrypted_secret));
  }
  result<signed_quote> quote(byte_view nonce, const pcr_set& pcrs) override {
    return noted(at_->quote(nonce, pcrs));
  }
  result<key_blob> create_tls_key(crypto::key_kind kind) override {
    return noted(at_->create_tls_key(kind));
  }
  result<signed_certification> certify_tls_key(const key_blob& key, byte_view nonce) override {
    return noted(at_->certify_tls_key(key, nonce));
  }
  result<bytes> sign(const key_blob& key, const digest& of) override {
    return noted(at_->sign(key, of));
  }
  result<std::vector<digest>> read_pcrs(const pcr_set& pcrs) override {
    return noted(at_->read_pcrs(pcrs));
  }
  result<std::vector<hash_algorithm>> active_banks() override { return noted(at_->active_banks()); }
  result<void> extend(std::uint32_t pcr, const std::vector<digest>& values) override {
    return noted(at_->extend(pcr, values));
  }
  result<bytes> read_nv(std::uint32_t index) override { return noted(at_->read_nv(index)); }
  result<void> write_nv(std::uint32_t index, byte_view content) override {
    return noted(at_->write_nv(index, content));
  }

private:
  /// After `io` nobody is given this connection any more.
  template <class T>
  result<T> noted(result<T> outcome) const {
    if (!outcome && outcome.error().code == errc::io && last_->lock() == at_)
      last_->reset();
    return outcome;
  }

  connection at_;
  last_opened last_;
};

} // namespace

tpm_opener share_tpm(tpm_opener open) {
  return [open = std::move(open),
          last = std::make_shared<std::weak_ptr<tpm>>()]() -> result<std::unique_ptr<tpm>> {
    auto at = last->lock();
    if (!at) {
      auto opened = open();
      if (!opened)
        return opened.error();
      at = *std::move(opened);
      *last = at;
    }
    return std::unique_ptr<tpm>{std::make_unique<shared_tpm>(std::move(at), last)};
  };
}

} // namespace troth::device
