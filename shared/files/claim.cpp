#include "shared/files/claim.hpp"

#include "shared/files/files.hpp"

#include <sys/file.h>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troth::files {

namespace {

error cannot_claim(const std::filesystem::path& folder, int why) {
  if (why == EWOULDBLOCK)
    return {errc::conflict, folder.string() + ": another process works in it"};
  return {errc::io, folder.string() + ": " + std::generic_category().message(why)};
}

} // namespace

result<claim> claim::take(const std::filesystem::path& folder) {
  if (auto there = make_folder(folder); !there)
    return error{errc::io, there.error().where};
  const auto opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0)
    return cannot_claim(folder, errno);
  claim made{opened};
  if (flock(opened, LOCK_EX | LOCK_NB) != 0)
    return cannot_claim(folder, errno);
  return made;
}

claim::claim(claim&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {
  // nop
}

claim& claim::operator=(claim&& other) noexcept {
  std::swap(folder_, other.folder_);
  return *this;
}

claim::~claim() {
  if (folder_ >= 0)
    close(folder_);
}

} // namespace troth::files
