#include "shared/device/snp_source.hpp"
#include "shared/files/files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troth::device {

namespace {

constexpr std::size_t max_blob = std::size_t{1024} * 1024;
constexpr std::size_t max_number = 32;
constexpr int attempts = 3;

error failed(const std::filesystem::path& file, int reason) {
  return {reason == ENOENT ? errc::not_found : errc::io,
          file.string() + ": " + std::generic_category().message(reason)};
}

/// Writes an attribute: all in one call, as the kernel wants it.
result<void> put(const std::filesystem::path& attribute, byte_view value) {
  const int fd = open(attribute.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return failed(attribute, errno);
  const auto written = ::write(fd, value.data(), value.size());
  const int why = errno;
  close(fd);
  if (written != static_cast<ssize_t>(value.size()))
    return failed(attribute, written < 0 ? why : EIO);
  return {};
}

class configfs_source final : public snp_source {
public:
  configfs_source(std::filesystem::path entry, std::optional<std::uint32_t> vmpl)
    : entry_(std::move(entry)), vmpl_(vmpl) {
    // nop
  }

  configfs_source(const configfs_source&) = delete;
  configfs_source& operator=(const configfs_source&) = delete;

  ~configfs_source() override {
    std::error_code ignored;
    if (is_ours_)
      std::filesystem::remove(entry_, ignored); // of a folder that is one request, its end
  }

  result<snp_answer> ask(byte_view report_data) override {
    if (const auto made = open_entry(); !made)
      return made.error();
    for (int attempt = 0; attempt < attempts; ++attempt) {
      auto answer = ask_once(report_data);
      if (answer || answer.error().code != errc::conflict)
        return answer;
    }
    return error{errc::conflict, entry_.string() + ": somebody else writes to it"};
  }

private:
  result<void> open_entry() {
    std::error_code why;
    if (std::filesystem::create_directory(entry_, why))
      is_ours_ = true;
    if (why)
      return failed(entry_, why.value());
    return {};
  }

  /// The answer belongs to the question if nobody wrote in between: the kernel counts writes.
  result<snp_answer> ask_once(byte_view report_data) {
    if (vmpl_)
      if (const auto set = put(entry_ / "privlevel", to_bytes(std::to_string(*vmpl_))); !set)
        return set.error();
    if (const auto set = put(entry_ / "inblob", report_data); !set)
      return set.error();
    const auto before = files::read(entry_ / "generation", max_number);
    if (!before)
      return before.error();
    auto report = files::read(entry_ / "outblob", max_blob);
    if (!report)
      return report.error();
    auto certificates = files::read(entry_ / "auxblob", max_blob);
    if (!certificates && certificates.error().code != errc::not_found)
      return certificates.error();
    const auto after = files::read(entry_ / "generation", max_number);
    if (!after || *after != *before)
      return error{errc::conflict, entry_.string()};
    return snp_answer{*std::move(report), certificates ? *std::move(certificates) : bytes{}};
  }

  std::filesystem::path entry_;
  std::optional<std::uint32_t> vmpl_;
  bool is_ours_ = false;
};

} // namespace

std::unique_ptr<snp_source> make_configfs_source(std::filesystem::path entry,
                                                 std::optional<std::uint32_t> vmpl) {
  return std::make_unique<configfs_source>(std::move(entry), vmpl);
}

} // namespace troth::device
