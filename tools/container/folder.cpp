#include "shared/crypto/hash.hpp"
#include "tools/container/rootfs.hpp"
#include "tools/container/tar_stream.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troth::container {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
constexpr std::uint64_t files_between_tellings = 256;

error failed(const fs::path& file) {
  return {errno == ENOENT ? errc::not_found : errc::io,
          file.string() + ": " + std::system_category().message(errno)};
}

/// @returns nothing for a socket.
std::optional<node_kind> kind_of(mode_t mode) {
  if (S_ISREG(mode))
    return node_kind::regular;
  if (S_ISDIR(mode))
    return node_kind::directory;
  if (S_ISLNK(mode))
    return node_kind::symbolic_link;
  if (S_ISCHR(mode))
    return node_kind::character_device;
  if (S_ISBLK(mode))
    return node_kind::block_device;
  if (S_ISFIFO(mode))
    return node_kind::fifo;
  return std::nullopt;
}

result<std::string> capability_of(const fs::path& file) {
  std::array<char, 256> value{};
  const auto size = lgetxattr(file.c_str(), "security.capability", value.data(), value.size());
  if (size >= 0)
    return std::string{value.data(), static_cast<std::size_t>(size)};
  if (errno == ENODATA || errno == ENOTSUP)
    return std::string{};
  return failed(file);
}

/// A file that is read, until it is no more.
struct open_file {
  explicit open_file(const fs::path& path)
    : descriptor(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) {
    // nop
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (descriptor >= 0)
      close(descriptor);
  }

  const int descriptor;
};

class walk {
public:
  walk(fs::path root, const tell_progress& tell) : root_(std::move(root)), tell_(tell) {
    // nop
  }

  result<digest> run() {
    if (auto walked = directory(root_); !walked)
      return walked.error();
    if (auto ended = tar_.finish(); !ended)
      return ended.error();
    tell_(so_far_);
    return hash_.finish();
  }

private:
  result<void> directory(const fs::path& folder) {
    std::error_code why;
    std::vector<std::string> names;
    for (fs::directory_iterator at{folder, why}, end; !why && at != end; at.increment(why))
      names.push_back(at->path().filename().string());
    if (why)
      return error{why == std::errc::no_such_file_or_directory ? errc::not_found : errc::io,
                   folder.string() + ": " + why.message()};
    std::ranges::sort(names);
    for (const auto& name : names)
      if (auto added = file(folder / name); !added)
        return added;
    return {};
  }

  result<void> file(const fs::path& path) {
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0)
      return failed(path);
    const auto kind = kind_of(found.st_mode);
    if (!kind)
      return {};
    const auto what = describe(path, found, *kind);
    if (!what)
      return what.error();
    const auto name = path.lexically_relative(root_).generic_string();
    std::string first;
    if (*kind != node_kind::directory && found.st_nlink > 1) {
      const auto [at, is_new] = names_.try_emplace({found.st_dev, found.st_ino}, name);
      if (!is_new)
        first = at->second;
    }
    if (auto added = tar_.add(name, *what, first); !added)
      return error{added.error().code, path.string() + ": " + added.error().where};
    if (++so_far_.files % files_between_tellings == 0)
      tell_(so_far_);
    if (*kind == node_kind::directory)
      return directory(path);
    return *kind == node_kind::regular && first.empty() ? content(path) : result<void>{};
  }

  static result<node> describe(const fs::path& path, const struct stat& found, node_kind kind) {
    node out;
    out.kind = kind;
    out.mode = found.st_mode & 07777;
    out.owner = found.st_uid;
    out.group = found.st_gid;
    out.size_bytes = static_cast<std::uint64_t>(found.st_size);
    if (kind == node_kind::character_device || kind == node_kind::block_device) {
      out.major = major(found.st_rdev);
      out.minor = minor(found.st_rdev);
    }
    if (kind == node_kind::symbolic_link) {
      std::error_code why;
      out.target = fs::read_symlink(path, why).string();
      if (why)
        return error{errc::io, path.string() + ": " + why.message()};
    }
    auto capability = capability_of(path);
    if (!capability)
      return capability.error();
    out.capability = *std::move(capability);
    return out;
  }

  result<void> content(const fs::path& path) {
    const open_file file{path};
    if (file.descriptor < 0)
      return failed(path);
    for (;;) {
      const auto got = read(file.descriptor, buffer_.data(), buffer_.size());
      if (got < 0)
        return failed(path);
      if (got == 0)
        return {};
      tar_.content(byte_view{buffer_}.first(static_cast<std::size_t>(got)));
      so_far_.bytes += static_cast<std::uint64_t>(got);
    }
  }

  fs::path root_;
  const tell_progress& tell_;
  crypto::running_hash hash_{hash_algorithm::sha256};
  tar_stream tar_{[this](byte_view part) { hash_.add(part); }};
  std::map<std::pair<dev_t, ino_t>, std::string> names_; // of files with several, the first
  bytes buffer_ = bytes(buffer_bytes);
  progress so_far_;
};

} // namespace

result<digest> hash_folder(const fs::path& folder, const tell_progress& tell) {
  return walk{folder.lexically_normal(), tell}.run();
}

} // namespace troth::container
