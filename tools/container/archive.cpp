#include "tools/container/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <new>

namespace troth::container {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

std::string text(const char* of) {
  return of == nullptr ? std::string{} : std::string{of};
}

std::optional<node_kind> kind_of(archive_entry* entry) {
  switch (archive_entry_filetype(entry)) {
  case AE_IFREG:
    return node_kind::regular;
  case AE_IFDIR:
    return node_kind::directory;
  case AE_IFLNK:
    return node_kind::symbolic_link;
  case AE_IFCHR:
    return node_kind::character_device;
  case AE_IFBLK:
    return node_kind::block_device;
  case AE_IFIFO:
    return node_kind::fifo;
  default:
    return std::nullopt;
  }
}

std::string capability_of(archive_entry* entry) {
  archive_entry_xattr_reset(entry);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
    if (text(name) == "security.capability")
      return {static_cast<const char*>(value), size};
  return {};
}

node describe(archive_entry* entry, node_kind kind) {
  node out;
  out.kind = kind;
  out.mode = archive_entry_perm(entry);
  out.owner = static_cast<std::uint32_t>(archive_entry_uid(entry));
  out.group = static_cast<std::uint32_t>(archive_entry_gid(entry));
  out.target = kind == node_kind::symbolic_link ? text(archive_entry_symlink(entry)) : "";
  if (kind == node_kind::character_device || kind == node_kind::block_device) {
    out.major = static_cast<std::uint32_t>(archive_entry_rdevmajor(entry));
    out.minor = static_cast<std::uint32_t>(archive_entry_rdevminor(entry));
  }
  out.capability = capability_of(entry);
  return out;
}

/// What libarchive calls for more of an archive that is a member of another.
la_ssize_t read_outer(archive* in, void* client, const void** part) {
  const auto got = static_cast<archive_reader*>(client)->read();
  if (!got) {
    archive_set_error(in, EIO, "%s", got.error().where.c_str());
    return ARCHIVE_FATAL;
  }
  *part = got->data();
  return static_cast<la_ssize_t>(got->size());
}

} // namespace

archive_reader::archive_reader() : in_(archive_read_new()), buffer_(buffer_bytes) {
  if (in_ == nullptr)
    throw std::bad_alloc{};
  archive_read_support_filter_all(in_);
  archive_read_support_format_tar(in_);
  archive_read_support_format_gnutar(in_);
}

archive_reader::~archive_reader() {
  archive_read_free(in_);
}

error archive_reader::failed() const {
  return {errc::malformed, "archive: " + text(archive_error_string(in_))};
}

result<std::unique_ptr<archive_reader>> archive_reader::open(const std::filesystem::path& file) {
  std::error_code why;
  if (!std::filesystem::is_regular_file(file, why))
    return error{errc::not_found, file.string()};
  std::unique_ptr<archive_reader> out{new archive_reader};
  if (archive_read_open_filename(out->in_, file.c_str(), buffer_bytes) != ARCHIVE_OK)
    return out->failed();
  return out;
}

result<std::unique_ptr<archive_reader>> archive_reader::open_member(archive_reader& of) {
  std::unique_ptr<archive_reader> out{new archive_reader};
  if (archive_read_open(out->in_, &of, nullptr, read_outer, nullptr) != ARCHIVE_OK)
    return out->failed();
  return out;
}

result<std::optional<member>> archive_reader::next() {
  archive_entry* entry = nullptr;
  const auto status = archive_read_next_header(in_, &entry);
  if (status == ARCHIVE_EOF)
    return std::optional<member>{};
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
    return failed();
  member out;
  out.name = text(archive_entry_pathname(entry));
  out.same_as = text(archive_entry_hardlink(entry));
  const auto kind = out.same_as.empty() ? kind_of(entry) : std::optional{node_kind::regular};
  if (kind)
    out.what = describe(entry, *kind);
  return std::optional{std::move(out)};
}

result<byte_view> archive_reader::read() {
  const auto got = archive_read_data(in_, buffer_.data(), buffer_.size());
  if (got < 0)
    return failed();
  return byte_view{buffer_}.first(static_cast<std::size_t>(got));
}

result<bytes> archive_reader::read_all(std::size_t max_bytes) {
  bytes out;
  for (;;) {
    const auto part = read();
    if (!part)
      return part.error();
    if (part->empty())
      return out;
    if (out.size() + part->size() > max_bytes)
      return error{errc::too_large,
                   "archive: a member over " + std::to_string(max_bytes) + " bytes"};
    out.insert(out.end(), part->begin(), part->end());
  }
}

} // namespace troth::container
