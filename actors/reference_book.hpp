#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/endorsement/provisioned_values.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/store/reference_store.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace troth::actors {

/// The reference values that verifiers were given beside those of manifests, in a store that they
/// share. Any thread may call.
class reference_book {
public:
  /// @param signer_roots who may sign CoRIMs chains to one of these.
  reference_book(std::shared_ptr<store::reference_store> store,
                 std::vector<crypto::certificate> signer_roots)
    : store_(std::move(store)), signer_roots_(std::move(signer_roots)) {
    // nop
  }

  /// Takes in what was changed elsewhere.
  /// @returns what the store does.
  result<void> refresh();

  /// Returns those that are active, as of the last refresh.
  std::shared_ptr<const endorsement::provisioned_set> active() const;

  /// Returns all of them, in JSON: `{"values": [{"id", "active", "source", "author", "created",
  /// "until"?, "component"}]}`.
  /// @returns what the store does.
  result<std::string> list() const;

  /// Shows or changes some, and returns those concerned, in the same form.
  /// @returns `not_found`; `malformed`, `unsupported`, `missing`, `too_large` and the like for what
  ///          is no reference value and no CoRIM; `bad_signature`, `untrusted`, `weak` for one that
  ///          nobody we trust has signed; `expired` for one that counts not yet or no longer;
  ///          `exhausted` if too many are kept.
  result<std::string> manage(const protocol::reference_request& asked, time_point now);

private:
  result<std::vector<store::reference_entry>> read(const protocol::reference_request& asked,
                                                   time_point now) const;
  result<std::vector<store::reference_entry>> add(const protocol::reference_request& asked,
                                                  time_point now);
  result<std::vector<store::reference_entry>> find(const std::string& id) const;

  const std::shared_ptr<store::reference_store> store_;
  const std::vector<crypto::certificate> signer_roots_;
  mutable std::mutex mutex_; // guards what follows
  std::optional<std::uint64_t> generation_;
  std::shared_ptr<const endorsement::provisioned_set> active_
    = std::make_shared<const endorsement::provisioned_set>();
};

} // namespace troth::actors
