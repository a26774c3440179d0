#include "services/gateway/audit_log.hpp"

#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"
#include "shared/crypto/hash.hpp"

#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace troth::services {

namespace {

constexpr std::size_t max_line_bytes = std::size_t{64} * 1024;
constexpr mode_t owner_only = 0600;
constexpr std::uint64_t mark_interval = 16; // lines, between two places that are remembered
constexpr std::size_t max_read_bytes = std::size_t{1024} * 1024;

std::string hash_of(std::string_view line) {
  return hex(crypto::hash(hash_algorithm::sha256, to_bytes(line)).view());
}

error broken(std::uint64_t number, const char* why) {
  return {errc::conflict, "audit: line " + std::to_string(number) + ": " + why};
}

/// Checks that a line follows the chain, and takes it in.
result<void> follow(audit_tail& tail, std::string_view line) {
  const auto number = tail.count + 1;
  const auto read = codec::parse_json(line, {.max_bytes = max_line_bytes});
  if (!read || !read->is_object())
    return broken(number, "is no entry");
  if (read->value("number", nlohmann::json{}) != number)
    return broken(number, "has another number");
  if (read->value("previous", nlohmann::json{}) != tail.hash)
    return broken(number, "does not follow the one before");
  tail = {number, hash_of(line)};
  return {};
}

result<std::string> read_all(int file) {
  std::string out;
  std::array<char, 65'536> block{};
  for (;;) {
    const auto n = read(file, block.data(), block.size());
    if (n == 0)
      return out;
    if (n < 0)
      return error{errc::io, "audit: cannot read the file"};
    out.append(block.data(), static_cast<std::size_t>(n));
  }
}

} // namespace

std::string write_audit_line(const audit_entry& entry, time_point when, const audit_tail& behind) {
  const nlohmann::ordered_json line{{"number", behind.count + 1}, {"time", format_time_ns(when)},
                                    {"request", entry.request},   {"door", entry.door},
                                    {"caller", entry.caller},     {"action", entry.action},
                                    {"outcome", entry.outcome},   {"previous", behind.hash}};
  constexpr bool ascii_only = true; // a caller's name may be anything
  return line.dump(-1, ' ', ascii_only, nlohmann::ordered_json::error_handler_t::replace);
}

result<audit_tail> check_audit(std::string_view content) {
  audit_tail out;
  while (!content.empty()) {
    const auto end = content.find('\n');
    if (end == std::string_view::npos)
      return error{errc::truncated, "audit: line " + std::to_string(out.count + 1) + " has no end"};
    if (const auto good = follow(out, content.substr(0, end)); !good)
      return good.error();
    content.remove_prefix(end + 1);
  }
  return out;
}

result<std::unique_ptr<audit_log>> audit_log::open(const std::string& file,
                                                   std::function<time_point()> now) {
  const auto opened = ::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                             owner_only);
  if (opened < 0)
    return error{errc::io, "audit: cannot open " + file};
  const auto is_ours = flock(opened, LOCK_EX | LOCK_NB) == 0;
  const auto content = is_ours ? read_all(opened)
                               : error{errc::conflict, "audit: another process is the writer"};
  auto tail = content ? check_audit(*content) : result<audit_tail>{content.error()};
  if (!tail) {
    close(opened);
    return error{tail.error().code, tail.error().where + " of " + file};
  }
  return std::unique_ptr<audit_log>{
    new audit_log{opened, *std::move(tail), *content, std::move(now)}};
}

audit_log::audit_log(int file, audit_tail tail, std::string_view content,
                     std::function<time_point()> now)
  : file_(file), now_(std::move(now)), tail_(std::move(tail)) {
  while (!content.empty()) {
    const auto size = content.find('\n') + 1;
    count_line(size);
    content.remove_prefix(size);
  }
}

/// @pre `mutex_` is held.
void audit_log::count_line(std::size_t size_bytes) {
  if (lines_++ % mark_interval == 0)
    marks_.push_back(size_bytes_);
  size_bytes_ += size_bytes;
}

audit_log::~audit_log() {
  close(file_);
}

result<void> audit_log::add(const audit_entry& entry) {
  const std::lock_guard lock{mutex_};
  const auto line = write_audit_line(entry, now_(), tail_);
  const auto whole = line + '\n';
  if (write(file_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
    return error{errc::io, "audit: cannot write the file"};
  tail_ = {tail_.count + 1, hash_of(line)};
  count_line(whole.size());
  return {};
}

result<std::string> audit_log::read(std::uint64_t first) const {
  first = std::max<std::uint64_t>(first, 1);
  std::uint64_t at = 0;
  std::uint64_t end = 0;
  {
    const std::lock_guard lock{mutex_};
    if (first > lines_)
      return std::string{};
    at = marks_.at((first - 1) / mark_interval);
    end = size_bytes_;
  }
  auto skip = (first - 1) % mark_interval;
  std::string out(
    std::min<std::uint64_t>(end - at, max_read_bytes + mark_interval * max_line_bytes), '\0');
  const auto got = pread(file_, out.data(), out.size(), static_cast<off_t>(at));
  if (got < 0)
    return error{errc::io, "audit: cannot read the file"};
  out.resize(static_cast<std::size_t>(got));
  std::size_t begin = 0;
  for (; skip > 0; --skip)
    begin = out.find('\n', begin) + 1;
  out = out.substr(begin, max_read_bytes);
  out.resize(out.rfind('\n') + 1); // what is not whole comes with the next
  return out;
}

audit_tail audit_log::tail() const {
  const std::lock_guard lock{mutex_};
  return tail_;
}

} // namespace troth::services
