#pragma once

#include "shared/base/result.hpp"
#include "tools/container/archive.hpp"
#include "tools/container/node.hpp"
#include "tools/container/rootfs.hpp"

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

namespace troth::container {

/// A file system that is made of an image's layers, each on top of those before: what a layer
/// removes is told by its whiteouts. Contents are kept in a file without a name.
/// @see OCI Image Specification 1.1, layer.md
class layered_tree {
public:
  static constexpr std::size_t max_files = 1'000'000;
  static constexpr std::uint64_t max_bytes = std::uint64_t{64} << 30;

  /// @returns `io`.
  static result<layered_tree> make();

  /// Puts a layer on top. @returns `malformed` for a name that leads out; `too_large`, `io`; as
  /// `archive_reader`.
  result<void> add_layer(archive_reader& layer, const tell_progress& tell);

  /// Puts a file without content on top, with the folders it needs.
  void add(const std::string& name, const node& what);

  /// Returns the file system's hash, as `hash_folder` would.
  result<digest> hash(const tell_progress& tell) const;

private:
  struct close_file {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  /// A file, of which several names may be.
  struct file {
    node what;
    std::uint64_t content_at = 0; ///< In `contents_`.
  };
  struct entry {
    std::shared_ptr<file> of;
    std::size_t layer = 0; ///< That brought it.
  };

  explicit layered_tree(std::unique_ptr<std::FILE, close_file> contents)
    : contents_(std::move(contents)) {
    // nop
  }

  result<void> add(const member& one, archive_reader& layer, const tell_progress& tell);
  void put(const std::string& name, std::shared_ptr<file> what);
  void remove(const std::string& name);
  void remove_below(const std::string& name, std::size_t layer);
  result<void> keep_content(file& of, archive_reader& layer);
  result<void> give_content(const file& of, class tar_stream& to) const;

  std::unique_ptr<std::FILE, close_file> contents_;
  std::uint64_t content_bytes_ = 0;
  std::map<std::string, entry, walk_order> entries_;
  std::size_t layer_ = 0;
  progress so_far_;
};

} // namespace troth::container
