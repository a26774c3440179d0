#include "shared/attesting/own_machine.hpp"

#include "shared/attesting/attestation.hpp"

#include <utility>

namespace troth::attesting {

own_machine::own_machine(std::string name, std::vector<std::shared_ptr<device::anchor>> anchors,
                         const std::filesystem::path& metadata)
  : name_(std::move(name)), anchors_(std::move(anchors)) {
  if (!metadata.empty())
    metadata_.emplace(metadata, [](const std::string&) {}); // what is no item is not in the report
}

result<bytes> own_machine::report(const report_wish& wish) {
  const std::lock_guard lock{mutex_};
  metadata_sets items;
  if (metadata_) {
    if (const auto read = metadata_->refresh(); !read)
      return read.error();
    items.push_back(&metadata_->items());
  }
  std::vector<attesting_driver> drivers;
  for (std::size_t n = 0; n < anchors_.size(); ++n)
    drivers.push_back({"anchor " + std::to_string(n)});
  const attestation::questions ask{
    [this](std::size_t which, auto then) {
      auto given = anchors_[which]->collateral();
      then(given ? result<std::vector<report::collateral>>{std::vector{*std::move(given)}}
                 : result<std::vector<report::collateral>>{given.error()});
    },
    [this](std::size_t which, const bytes& nonce, auto then) {
      auto given = anchors_[which]->evidence(nonce);
      then(given ? result<std::vector<report::evidence>>{std::vector{*std::move(given)}}
                 : result<std::vector<report::evidence>>{given.error()});
    }};
  result<bytes> out = error{errc::internal, "attestation: no outcome"};
  attestation making{wish, name_, std::move(drivers), std::move(items), ask};
  making.run([&out](result<bytes> done) { out = std::move(done); });
  return out;
}

} // namespace troth::attesting
