#include "actors/metadata_refresh.hpp"

#include <utility>

namespace troth::actors {

void metadata_refresh::run(std::function<void()> done) {
  done_ = std::move(done);
  ask_.list([this](const result<std::vector<protocol::metadata_entry>>& entries) {
    if (!entries)
      return finish(to_string(entries.error()));
    if (entries->size() > attesting::max_metadata_items)
      return finish("est: more than " + std::to_string(attesting::max_metadata_items) + " items");
    listed_.clear();
    missing_.clear();
    for (const auto& entry : *entries) {
      listed_.insert(entry.digest);
      if (!cache_->items().contains(entry.digest)
          && entry.size_bytes <= attesting::max_metadata_bytes)
        missing_.push_back(entry.digest);
    }
    fetch_next();
  });
}

void metadata_refresh::fetch_next() {
  if (missing_.empty()) {
    cache_->keep_only(listed_); // only now: until the new is there the old serves
    has_succeeded_ = true;
    return finish({});
  }
  const auto digest = std::move(missing_.back());
  missing_.pop_back();
  ask_.item(digest, [this, digest](result<bytes> content) {
    if (!content)
      return finish(to_string(content.error()));
    if (const auto added = cache_->add(digest, *std::move(content)); !added)
      note_("metadata: " + to_string(added.error()));
    fetch_next();
  });
}

void metadata_refresh::finish(const std::string& trouble) {
  if (!trouble.empty() && trouble != trouble_)
    note_("metadata could not be refreshed: " + trouble);
  trouble_ = trouble;
  std::exchange(done_, nullptr)();
}

} // namespace troth::actors
