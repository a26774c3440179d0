#include "actors/metadata_cache.hpp"

#include "shared/files/files.hpp"

#include <system_error>

namespace troth::actors {

void metadata_cache::load() {
  const auto names = files::list(folder_, 2 * attesting::max_metadata_items);
  if (!names) {
    if (names.error().code != errc::not_found)
      note_("metadata cache: " + to_string(names.error()));
    return;
  }
  for (const auto& name : *names) {
    auto content = files::read(folder_ / name, attesting::max_metadata_bytes);
    auto item = content ? attesting::read_signed_item(*std::move(content)) : content.error();
    if (item && item->digest == name)
      items_.insert_or_assign(name, *std::move(item));
    else
      note_("metadata cache: " + name + " is not what it was, and left out");
  }
}

result<void> metadata_cache::add(const std::string& digest, bytes content) {
  auto item = attesting::read_signed_item(std::move(content));
  if (!item)
    return item.error();
  if (item->digest != digest)
    return error{errc::malformed, "metadata: expected " + digest + ", got " + item->digest};
  if (const auto kept = files::write(folder_ / digest, item->content, files::access::owner); !kept)
    note_("metadata cache: " + to_string(kept.error()));
  items_.insert_or_assign(digest, *std::move(item));
  return {};
}

void metadata_cache::keep_only(const std::set<std::string>& digests) {
  std::erase_if(items_, [&](const auto& item) {
    if (digests.contains(item.first))
      return false;
    std::error_code ignored; // what stays is dropped again next time
    std::filesystem::remove(folder_ / item.first, ignored);
    return true;
  });
}

} // namespace troth::actors
