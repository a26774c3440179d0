#include "shared/attesting/metadata_folder.hpp"

#include <set>

namespace troth::attesting {

result<void> metadata_folder::refresh() {
  const auto names = files::list(folder_, max_metadata_items);
  if (!names)
    return names.error();
  std::map<std::string, known_file> seen;
  for (const auto& name : *names) {
    const auto now = files::stamp_of(folder_ / name);
    if (!now)
      continue; // it went while we looked
    const auto known = files_.find(name);
    seen[name] = known != files_.end() && known->second.as_read == *now ? known->second
                                                                        : read(name, *now);
  }
  files_ = std::move(seen);
  drop_items_without_file();
  return {};
}

metadata_folder::known_file metadata_folder::read(const std::string& name,
                                                  const files::stamp& now) {
  auto content = files::read(folder_ / name, max_metadata_bytes);
  if (!content) {
    note_("metadata: " + to_string(content.error()));
    return {now, {}};
  }
  auto item = read_signed_item(*std::move(content));
  if (!item) {
    note_("metadata: " + name + ": " + to_string(item.error()));
    return {now, {}};
  }
  const auto digest = item->digest;
  items_.insert_or_assign(digest, *std::move(item));
  return {now, digest};
}

void metadata_folder::drop_items_without_file() {
  std::set<std::string_view> wanted;
  for (const auto& [name, file] : files_)
    wanted.insert(file.digest);
  std::erase_if(items_, [&](const auto& item) { return !wanted.contains(item.first); });
}

} // namespace troth::attesting
