#include "shared/files/files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace troth::files {

namespace {

/// An open file, closed at the end.
class descriptor {
public:
  explicit descriptor(int fd) noexcept : fd_(fd) {
    // nop
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }

  int get() const noexcept { return fd_; }

private:
  int fd_;
};

error failed(const char* what, const std::filesystem::path& file, int reason) {
  const auto code = reason == ENOENT || reason == ENOTDIR ? errc::not_found : errc::io;
  return {code,
          std::string{what} + ' ' + file.string() + ": " + std::generic_category().message(reason)};
}

result<void> write_stream(int fd, byte_view content, const std::filesystem::path& file) {
  while (!content.empty()) {
    const auto n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failed("write", file, errno);
    content = content.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

result<void> write_all(int fd, byte_view content, const std::filesystem::path& file) {
  auto written = write_stream(fd, content, file);
  if (written && fsync(fd) != 0)
    return failed("fsync", file, errno);
  return written;
}

/// Writes into what stays what it is: a terminal, a pipe, a device.
result<void> write_into(const std::filesystem::path& device, byte_view content) {
  const descriptor fd{open(device.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY)};
  if (fd.get() < 0)
    return failed("open", device, errno);
  return write_stream(fd.get(), content, device);
}

/// Makes the rename itself survive: the folder's entry is data of its own.
result<void> sync_folder(const std::filesystem::path& folder) {
  const descriptor fd{open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd.get() < 0 || fsync(fd.get()) != 0)
    return failed("fsync", folder, errno);
  return {};
}

} // namespace

result<stamp> stamp_of(const std::filesystem::path& file) {
  std::error_code why;
  stamp out;
  out.written = std::filesystem::last_write_time(file, why);
  if (!why)
    out.size_bytes = std::filesystem::file_size(file, why);
  if (why)
    return failed("stat", file, why.value());
  return out;
}

result<bytes> read(const std::filesystem::path& file, std::size_t max_bytes) {
  const descriptor fd{open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (fd.get() < 0)
    return failed("open", file, errno);
  constexpr std::size_t step = std::size_t{64} * 1024;
  bytes out;
  for (;;) {
    const auto had = out.size();
    // One byte over the maximum is asked for: its coming says that the file is too large.
    out.resize(had + std::min(step, max_bytes - had + 1));
    const auto n = ::read(fd.get(), out.data() + had, out.size() - had);
    out.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failed("read", file, errno);
    if (n == 0)
      return out;
    if (out.size() > max_bytes)
      return error{errc::too_large,
                   file.string() + ": over " + std::to_string(max_bytes) + " bytes"};
  }
}

result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code why;
  if (std::filesystem::exists(folder, why))
    return {};
  std::filesystem::create_directories(folder, why);
  if (why)
    return failed("make folder", folder, why.value());
  chmod(folder.c_str(), S_IRWXU);
  return {};
}

result<void> write(const std::filesystem::path& given, byte_view content, access readable_by) {
  std::error_code ignored;
  const auto is = std::filesystem::status(given, ignored);
  if (std::filesystem::exists(is) && !std::filesystem::is_regular_file(is))
    return write_into(given, content);
  const auto file = std::filesystem::exists(is) ? std::filesystem::canonical(given, ignored)
                                                : given;
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  if (auto made = make_folder(folder); !made)
    return made;
  auto temporary = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
  const descriptor fd{mkostemp(temporary.data(), O_CLOEXEC)}; // mode 0600
  if (fd.get() < 0)
    return failed("make", temporary, errno);
  auto written = write_all(fd.get(), content, file);
  if (written && readable_by == access::everyone
      && fchmod(fd.get(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) != 0)
    written = failed("chmod", file, errno);
  if (written && rename(temporary.c_str(), file.c_str()) != 0)
    written = failed("rename", file, errno);
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  return sync_folder(folder);
}

result<std::vector<std::string>> list(const std::filesystem::path& folder, std::size_t max_files) {
  std::error_code why;
  std::filesystem::directory_iterator entries{folder, why};
  if (why)
    return failed("list", folder, why.value());
  std::vector<std::string> out;
  for (; entries != std::filesystem::directory_iterator{}; entries.increment(why)) {
    if (why)
      return failed("list", folder, why.value());
    auto name = entries->path().filename().string();
    if (name.starts_with('.') || !entries->is_regular_file(why))
      continue;
    if (out.size() == max_files)
      return error{errc::too_large,
                   folder.string() + ": over " + std::to_string(max_files) + " files"};
    out.push_back(std::move(name));
  }
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace troth::files
