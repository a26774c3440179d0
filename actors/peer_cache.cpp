#include "actors/peer_cache.hpp"

#include "shared/base/algorithm.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>

namespace troth::actors {

namespace {

constexpr std::size_t max_digest_digits = 128; // SHA-512 in hex

/// Whatever a peer calls itself, this is a word of fixed size.
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

result<void> peer_cache::refresh(std::string_view peer) {
  if (!store_ || peer.empty())
    return {};
  const auto key = key_of(peer);
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    if (changed_.contains(key))
      return {}; // ours is newer
    if (const auto known = peers_.find(key); known != peers_.end())
      number = known->second.number;
  }
  auto loaded = store_->load(key, number);
  if (!loaded)
    return loaded.error();
  if (!*loaded)
    return {};
  auto kept = std::move((*loaded)->items);
  std::erase_if(kept, [&](const auto& item) {
    const auto is_good = item.first.size() <= max_digest_digits
                         && is_digest_of(item.first, item.second);
    if (!is_good)
      note_("peer cache: an item is not what it was, and left out");
    return !is_good;
  });
  const std::lock_guard lock{mutex_};
  put(key, std::move(kept));
  peers_[key].number = (*loaded)->number;
  changed_.erase(key);
  make_room();
  return {};
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
    changed_.erase(oldest->first); // the store has room of its own
    peers_.erase(oldest);
  }
}

void peer_cache::flush() {
  if (!store_)
    return;
  std::map<std::string, items> due;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& key : std::exchange(changed_, {}))
      if (const auto peer = peers_.find(key); peer != peers_.end())
        due.emplace(key, peer->second.kept);
  }
  for (const auto& [key, kept] : due) {
    const auto number = store_->save(key, kept);
    const std::lock_guard lock{mutex_};
    if (!number) {
      note_("peer cache: " + to_string(number.error()));
      changed_.insert(key);
    } else if (const auto peer = peers_.find(key); peer != peers_.end()) {
      peer->second.number = *number;
    }
  }
}

} // namespace troth::actors
