#include "actors/tls_key_shelf.hpp"

#include "shared/files/files.hpp"

#include <system_error>

namespace troth::actors {

namespace {

constexpr std::string_view key_file_suffix = ".json";
constexpr std::size_t max_key_files = 4096;

/// Returns the id that a file is named by; empty if it is none of ours.
std::string id_in(const std::string& file) {
  if (!file.ends_with(key_file_suffix))
    return {};
  const auto id = file.substr(0, file.size() - key_file_suffix.size());
  return is_uuid(id) ? id : std::string{};
}

} // namespace

std::filesystem::path tls_key_shelf::file_of(std::string_view id) const {
  return folder_ / (std::string{id} + std::string{key_file_suffix});
}

/// A write that was killed leaves a file whose name begins with a dot, perhaps with a private key.
void tls_key_shelf::remove_unfinished() const {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{folder_, ignored})
    if (entry.path().filename().string().starts_with('.') && entry.is_regular_file(ignored))
      std::filesystem::remove(entry.path(), ignored);
}

void tls_key_shelf::load() {
  keys_.clear();
  remove_unfinished();
  const auto names = files::list(folder_, max_key_files);
  if (!names) {
    if (names.error().code != errc::not_found)
      note_("TLS keys are not read: " + to_string(names.error()));
    return;
  }
  for (const auto& name : *names) {
    const auto id = id_in(name);
    if (id.empty()) {
      note_("TLS keys: " + name + " is not named as a key");
      continue;
    }
    const auto content = files::read(folder_ / name, max_tls_key_bytes);
    auto key = content ? read_tls_key(*content, id) : result<tls_key_record>{content.error()};
    if (key)
      keys_.insert_or_assign(id, *std::move(key));
    else
      note_("TLS keys: " + name + " is refused: " + to_string(key.error()));
  }
}

const tls_key_record* tls_key_shelf::find(std::string_view id) const {
  const auto at = keys_.find(id);
  return at == keys_.end() ? nullptr : &at->second;
}

result<void> tls_key_shelf::put(tls_key_record key) {
  const auto content = write_tls_key(key);
  if (content.size() > max_tls_key_bytes)
    return error{errc::too_large, "TLS key: " + std::to_string(content.size()) + " bytes"};
  if (auto kept = files::write(file_of(key.id), content, files::access::owner); !kept)
    return error{errc::io, kept.error().where}; // where a folder is missing, too
  const auto id = key.id;
  keys_.insert_or_assign(id, std::move(key));
  return {};
}

result<void> tls_key_shelf::erase(std::string_view id) {
  const auto at = keys_.find(id);
  if (at == keys_.end())
    return error{errc::not_found, "TLS key"};
  std::error_code why;
  std::filesystem::remove(file_of(id), why);
  if (why)
    return error{errc::io, "TLS key: " + why.message()};
  keys_.erase(at);
  return {};
}

} // namespace troth::actors
