#include "actors/metadata_shelf.hpp"

#include "shared/codec/json.hpp"

#include <system_error>
#include <utility>

namespace troth::actors {

namespace {

using nlohmann::ordered_json;

const attesting::metadata_set& items_of(const std::optional<attesting::metadata_folder>& folder) {
  static const attesting::metadata_set none;
  return folder ? folder->items() : none;
}

/// @returns `io`; that there is no such file is no failure.
result<void> remove_file(const std::filesystem::path& file) {
  std::error_code why;
  std::filesystem::remove(file, why);
  if (why)
    return error{errc::io, file.string() + ": " + why.message()};
  return {};
}

} // namespace

metadata_shelf::metadata_shelf(std::optional<std::filesystem::path> folder,
                               std::filesystem::path kept,
                               const std::function<void(const std::string&)>& note)
  : added_path_(kept / "added"), aside_path_(std::move(kept) / "aside"), added_(added_path_, note) {
  if (folder)
    folder_.emplace(*std::move(folder), note);
}

result<void> metadata_shelf::refresh() {
  if (folder_)
    if (auto fresh = folder_->refresh(); !fresh)
      return fresh;
  return refresh_added();
}

result<void> metadata_shelf::refresh_added() {
  if (auto fresh = added_.refresh(); !fresh && fresh.error().code != errc::not_found)
    return fresh;
  const auto names = files::list(aside_path_, 2 * attesting::max_metadata_items);
  if (!names && names.error().code != errc::not_found)
    return names.error();
  aside_.clear();
  if (names)
    aside_.insert(names->begin(), names->end());
  return {};
}

std::vector<const attesting::signed_item*> metadata_shelf::active() const {
  std::vector<const attesting::signed_item*> out;
  for (const auto* const set : {&items_of(folder_), &added_.items()})
    for (const auto& [digest, item] : *set)
      if (is_active(digest) && (set != &added_.items() || !items_of(folder_).contains(digest)))
        out.push_back(&item);
  return out;
}

const attesting::signed_item* metadata_shelf::find(std::string_view digest) const {
  for (const auto* const set : {&items_of(folder_), &added_.items()})
    if (const auto at = set->find(digest); at != set->end())
      return &at->second;
  return nullptr;
}

std::string metadata_shelf::list() const {
  auto items = ordered_json::array();
  const auto add = [&](const attesting::metadata_set& set, const char* source) {
    for (const auto& [digest, item] : set)
      items.push_back({{"digest", digest},
                       {"kind", item.kind},
                       {"name", item.name},
                       {"version", format_time(item.version)},
                       {"mediaType", attesting::media_type_of(item.encoded_as)},
                       {"sizeBytes", item.content.size()},
                       {"active", is_active(digest)},
                       {"source", source}});
  };
  add(items_of(folder_), "folder");
  add(added_.items(), "api");
  return ordered_json{{"items", std::move(items)}}.dump(-1, ' ', false,
                                                        ordered_json::error_handler_t::replace);
}

result<void> metadata_shelf::add(bytes content) {
  if (content.size() > attesting::max_metadata_bytes)
    return error{errc::too_large, "metadata: " + std::to_string(content.size()) + " bytes"};
  const auto item = attesting::read_signed_item(std::move(content));
  if (!item)
    return item.error();
  if (find(item->digest) != nullptr)
    return {};
  if (items_of(folder_).size() + added_.items().size() >= attesting::max_metadata_items)
    return error{errc::exhausted,
                 "metadata: " + std::to_string(attesting::max_metadata_items) + " items"};
  if (auto kept = files::write(added_path_ / item->digest, item->content, files::access::owner);
      !kept)
    return kept;
  return refresh_added();
}

result<void> metadata_shelf::check_known(const std::string& digest) const {
  if (find(digest) == nullptr)
    return error{errc::not_found, "metadata: no item has this digest"};
  return {};
}

result<void> metadata_shelf::set(const std::string& digest, state to) {
  if (auto known = check_known(digest); !known)
    return known;
  auto done = to == state::aside ? files::write(aside_path_ / digest, {}, files::access::owner)
                                 : remove_file(aside_path_ / digest);
  return done ? refresh_added() : done;
}

result<void> metadata_shelf::erase(const std::string& digest) {
  if (auto known = check_known(digest); !known)
    return known;
  if (items_of(folder_).contains(digest))
    return error{errc::conflict, "metadata: it is in the folder of the configuration"};
  if (auto gone = remove_file(added_path_ / digest); !gone)
    return gone;
  if (auto gone = remove_file(aside_path_ / digest); !gone)
    return gone;
  return refresh_added();
}

} // namespace troth::actors
