#include "tools/container/layers.hpp"

#include "shared/crypto/hash.hpp"
#include "tools/container/tar_stream.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace troth::container {

namespace {

constexpr std::uint64_t files_between_tellings = 256;
constexpr std::string_view whiteout = ".wh.";
constexpr std::string_view opaque_whiteout = ".wh..wh..opq";
constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

/// Returns a member's name as a path below the root, without dots and slashes that say nothing.
/// @returns `malformed` if it leads out. Empty: the root itself.
result<std::string> clean(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const auto end = std::min(name.find('/'), name.size());
    const auto part = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    if (part.empty() || part == ".")
      continue;
    if (part == "..")
      return error{errc::malformed, "layer: a name that leads out: " + out + "/.."};
    out += (out.empty() ? "" : "/") + std::string{part};
  }
  return out;
}

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? std::string{} : name.substr(0, slash);
}

std::string last_of(const std::string& name) {
  return name.substr(name.rfind('/') + 1); // npos + 1 is 0
}

} // namespace

result<layered_tree> layered_tree::make() {
  std::unique_ptr<std::FILE, close_file> contents{std::tmpfile()};
  if (!contents)
    return error{errc::io, "a temporary file"};
  return layered_tree{std::move(contents)};
}

result<void> layered_tree::add_layer(archive_reader& layer, const tell_progress& tell) {
  ++layer_;
  for (;;) {
    const auto one = layer.next();
    if (!one)
      return one.error();
    if (!*one)
      return {};
    if (auto added = add(**one, layer, tell); !added)
      return added;
  }
}

result<void> layered_tree::add(const member& one, archive_reader& layer,
                               const tell_progress& tell) {
  const auto cleaned = clean(one.name);
  if (!cleaned)
    return cleaned.error();
  const auto& name = *cleaned;
  const auto last = last_of(name);
  if (last == opaque_whiteout) {
    remove_below(folder_of(name), layer_);
    return {};
  }
  if (last.starts_with(whiteout)) {
    const auto folder = folder_of(name);
    remove((folder.empty() ? "" : folder + '/') + last.substr(whiteout.size()));
    return {};
  }
  if (name.empty() || !one.what)
    return {};
  if (entries_.size() >= max_files)
    return error{errc::too_large, "image: over " + std::to_string(max_files) + " files"};
  if (!one.same_as.empty()) {
    const auto first = clean(one.same_as);
    const auto found = first ? entries_.find(*first) : entries_.end();
    if (found == entries_.end())
      return error{errc::malformed, "layer: " + name + ": a name of a file that is not there"};
    put(name, found->second.of);
    return {};
  }
  auto made = std::make_shared<file>(file{*one.what, 0});
  if (made->what.kind == node_kind::regular)
    if (auto kept = keep_content(*made, layer); !kept)
      return kept;
  put(name, std::move(made));
  if (++so_far_.files % files_between_tellings == 0)
    tell(so_far_);
  return {};
}

void layered_tree::add(const std::string& name, const node& what) {
  put(name, std::make_shared<file>(file{what, 0}));
}

void layered_tree::put(const std::string& name, std::shared_ptr<file> what) {
  for (auto at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
    auto& folder = entries_[name.substr(0, at)];
    if (folder.of && folder.of->what.kind == node_kind::directory)
      continue;
    node implied;
    implied.kind = node_kind::directory;
    implied.mode = 0755;
    folder = {std::make_shared<file>(file{implied, 0}), layer_};
  }
  if (what->what.kind != node_kind::directory)
    remove_below(name, layer_ + 1);
  entries_[name] = {std::move(what), layer_};
}

void layered_tree::remove(const std::string& name) {
  remove_below(name, layer_);
  const auto at = entries_.find(name);
  if (at != entries_.end() && at->second.layer < layer_)
    entries_.erase(at);
}

/// Removes what layers before this one brought.
void layered_tree::remove_below(const std::string& name, std::size_t layer) {
  const auto prefix = name.empty() ? name : name + '/';
  for (auto at = entries_.lower_bound(prefix);
       at != entries_.end() && at->first.starts_with(prefix);)
    at = at->second.layer < layer ? entries_.erase(at) : std::next(at);
}

result<void> layered_tree::keep_content(file& of, archive_reader& layer) {
  of.content_at = content_bytes_;
  for (;;) {
    const auto part = layer.read();
    if (!part)
      return part.error();
    if (part->empty())
      return {};
    content_bytes_ += part->size();
    of.what.size_bytes += part->size();
    so_far_.bytes += part->size();
    if (content_bytes_ > max_bytes)
      return error{errc::too_large, "image: over " + std::to_string(max_bytes) + " bytes"};
    if (std::fwrite(part->data(), 1, part->size(), contents_.get()) != part->size())
      return error{errc::io, "a temporary file"};
  }
}

result<void> layered_tree::give_content(const file& of, tar_stream& to) const {
  if (std::fseek(contents_.get(), static_cast<long>(of.content_at), SEEK_SET) != 0)
    return error{errc::io, "a temporary file"};
  bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(of.what.size_bytes, buffer_bytes)));
  for (auto left = of.what.size_bytes; left != 0;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    if (std::fread(buffer.data(), 1, wanted, contents_.get()) != wanted)
      return error{errc::io, "a temporary file"};
    to.content(byte_view{buffer}.first(wanted));
    left -= wanted;
  }
  return {};
}

result<digest> layered_tree::hash(const tell_progress& tell) const {
  crypto::running_hash sum{hash_algorithm::sha256};
  tar_stream tar{[&](byte_view part) { sum.add(part); }};
  std::map<const file*, std::string> names; // of files with several, the first
  progress so_far;
  for (const auto& [name, one] : entries_) {
    const auto& what = one.of->what;
    std::string first;
    if (one.of.use_count() > 1) {
      const auto [at, is_new] = names.try_emplace(one.of.get(), name);
      if (!is_new)
        first = at->second;
    }
    if (auto added = tar.add(name, what, first); !added)
      return added.error();
    if (what.kind == node_kind::regular && first.empty())
      if (auto given = give_content(*one.of, tar); !given)
        return given.error();
    so_far.bytes += what.size_bytes;
    if (++so_far.files % files_between_tellings == 0)
      tell(so_far);
  }
  tell(so_far);
  if (auto ended = tar.finish(); !ended)
    return ended.error();
  return sum.finish();
}

} // namespace troth::container
