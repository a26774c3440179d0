#include "actors/peer_cache.hpp"

#include "shared/base/algorithm.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <system_error>

namespace troth::actors {

namespace {

constexpr std::size_t max_item_bytes = std::size_t{16} * 1024 * 1024;

/// Whatever a peer calls itself, this is a name for a folder.
std::string key_of(std::string_view peer) {
  return hex(crypto::hash(hash_algorithm::sha256, to_bytes(peer)).view());
}

/// Returns whether a digest in hex, of any algorithm but SHA-1, is that of the content.
bool is_digest_of(const std::string& digest_hex, byte_view content) {
  for (const auto algorithm :
       {hash_algorithm::sha256, hash_algorithm::sha384, hash_algorithm::sha512})
    if (digest_hex.size() == 2 * digest_size(algorithm))
      return hex(crypto::hash(algorithm, content).view()) == digest_hex;
  return false;
}

std::size_t size_of(const peer_cache::items& kept) {
  std::size_t out = 0;
  for (const auto& [digest, content] : kept)
    out += content.size();
  return out;
}

} // namespace

void peer_cache::load() {
  std::error_code why;
  std::size_t peers = 0;
  for (std::filesystem::directory_iterator at{folder_, why}, end; !why && at != end;
       at.increment(why)) {
    if (++peers > limits_.peers)
      break;
    const auto key = at->path().filename().string();
    const auto names = files::list(at->path(), limits_.items);
    items kept;
    for (const auto& name : names ? *names : std::vector<std::string>{}) {
      auto content = files::read(at->path() / name, max_item_bytes);
      if (content && is_digest_of(name, *content))
        kept.emplace(name, *std::move(content));
      else
        note_("peer cache: " + name + " is not what it was, and left out");
    }
    const std::lock_guard lock{mutex_};
    put(key, std::move(kept));
  }
  const std::lock_guard lock{mutex_};
  changed_.clear();
  make_room();
}

std::vector<std::string> peer_cache::digests(std::string_view peer) {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> out;
  if (const auto known = peers_.find(key_of(peer)); known != peers_.end()) {
    known->second.used = ++uses_;
    for (const auto& [digest, content] : known->second.kept)
      out.push_back(digest);
  }
  return out;
}

peer_cache::items peer_cache::items_of(std::string_view peer) {
  const std::lock_guard lock{mutex_};
  const auto known = peers_.find(key_of(peer));
  return known != peers_.end() ? known->second.kept : items{};
}

void peer_cache::learn(std::string_view peer, const report::context& claims,
                       const items& filled_in) {
  if (peer.empty())
    return;
  items kept;
  std::size_t size = 0;
  for (const auto& digest : claims.digests) {
    const auto sent = claims.metadata.find(digest);
    const auto known = filled_in.find(digest);
    const auto* const content = sent != claims.metadata.end() ? &sent->second
                                : known != filled_in.end()    ? &known->second
                                                              : nullptr;
    if (content == nullptr || kept.size() >= limits_.items || size + content->size() > limits_.bytes
        || !is_digest_of(digest, *content))
      continue;
    size += content->size();
    kept.emplace(digest, *content);
  }
  const std::lock_guard lock{mutex_};
  put(key_of(peer), std::move(kept));
  make_room();
}

/// @pre `mutex_` is held.
void peer_cache::put(const std::string& key, items kept) {
  auto& peer = peers_[key];
  peer.used = ++uses_;
  if (std::ranges::equal(peer.kept, kept, {}, &items::value_type::first, &items::value_type::first))
    return; // the digests are the same, and so is the content
  size_bytes_ -= peer.size_bytes;
  peer.size_bytes = size_of(kept);
  size_bytes_ += peer.size_bytes;
  peer.kept = std::move(kept);
  changed_.insert(key);
}

/// @pre `mutex_` is held.
void peer_cache::make_room() {
  while (peers_.size() > limits_.peers || size_bytes_ > limits_.total_bytes) {
    const auto oldest = std::ranges::min_element(peers_, {},
                                                 [](const auto& peer) { return peer.second.used; });
    size_bytes_ -= oldest->second.size_bytes;
    changed_.insert(oldest->first);
    peers_.erase(oldest);
  }
}

void peer_cache::flush() {
  if (folder_.empty())
    return;
  std::map<std::string, items> due; // nothing: the folder is to go
  {
    const std::lock_guard lock{mutex_};
    for (const auto& key : std::exchange(changed_, {})) {
      const auto peer = peers_.find(key);
      due.emplace(key, peer != peers_.end() ? peer->second.kept : items{});
    }
  }
  std::error_code ignored; // what stays is read again, and goes again
  for (const auto& [key, kept] : due)
    if (kept.empty())
      std::filesystem::remove_all(folder_ / key, ignored);
    else
      write(key, kept);
}

void peer_cache::write(const std::string& key, const items& kept) {
  const auto folder = folder_ / key;
  std::error_code ignored;
  if (const auto names = files::list(folder, 2 * limits_.items))
    for (const auto& name : *names)
      if (!kept.contains(name))
        std::filesystem::remove(folder / name, ignored);
  for (const auto& [digest, content] : kept)
    if (!std::filesystem::exists(folder / digest, ignored))
      if (const auto written = files::write(folder / digest, content, files::access::owner);
          !written)
        note_("peer cache: " + to_string(written.error()));
}

} // namespace troth::actors
