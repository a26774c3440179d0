#pragma once

#include "actors/tls_key_record.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace troth::actors {

/// The TLS keys of this machine, kept in a folder: a file for each, `<id>.json`, of mode 0600,
/// which is there as a whole or not at all.
class tls_key_shelf {
public:
  using records = std::map<std::string, tls_key_record, std::less<>>;

  /// @param note told of each file that is no key.
  tls_key_shelf(std::filesystem::path folder, std::function<void(const std::string&)> note)
    : folder_(std::move(folder)), note_(std::move(note)) {
    // nop
  }

  /// Reads what an earlier run kept, and removes what it was writing when it was killed. What is no
  /// key of ours is noted, left where it is, and nothing else.
  void load();

  const records& all() const noexcept { return keys_; }

  /// Returns null if there is none.
  const tls_key_record* find(std::string_view id) const;

  /// Keeps a key, instead of the one with its id.
  /// @returns `io`: what was there is there.
  result<void> put(tls_key_record key);

  /// @returns `not_found`, `io`.
  result<void> erase(std::string_view id);

private:
  std::filesystem::path file_of(std::string_view id) const;
  void remove_unfinished() const;

  std::filesystem::path folder_;
  std::function<void(const std::string&)> note_;
  records keys_;
};

} // namespace troth::actors
