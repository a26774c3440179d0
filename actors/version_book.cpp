#include "actors/version_book.hpp"

#include "shared/base/hex.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <sstream>

namespace troth::actors {

namespace {

constexpr std::size_t max_file_bytes = std::size_t{256} * 1024;
constexpr std::size_t device_digits = 64; // SHA-256 in hex

/// A line an item: its version, a blank, its name.
bytes write(const std::map<std::string, time_point>& versions) {
  std::string out;
  for (const auto& [item, version] : versions)
    out += format_time_ns(version) + " " + item + "\n";
  return to_bytes(out);
}

std::map<std::string, time_point> read(byte_view content) {
  std::map<std::string, time_point> out;
  std::istringstream lines{to_text(content)};
  for (std::string line; std::getline(lines, line);) {
    const auto blank = line.find(' ');
    const auto version = parse_time(line.substr(0, blank));
    if (version && blank != std::string::npos)
      out.emplace(line.substr(blank + 1), *version);
  }
  return out;
}

} // namespace

void version_book::load() {
  const auto names = files::list(folder_, max_devices);
  if (!names) {
    if (names.error().code != errc::not_found)
      note_("versions: " + to_string(names.error()));
    return;
  }
  const std::lock_guard lock{mutex_};
  for (const auto& name : *names) {
    const auto content = files::read(folder_ / name, max_file_bytes);
    if (content && name.size() == device_digits && from_hex(name))
      devices_[name] = read(*content);
    else
      note_("versions: " + name + " left out");
  }
}

std::optional<time_point> version_book::newest(const std::string& device,
                                               const std::string& item) const {
  const std::lock_guard lock{mutex_};
  const auto known = devices_.find(device);
  if (known == devices_.end())
    return std::nullopt;
  const auto at = known->second.find(item);
  return at == known->second.end() ? std::nullopt : std::optional{at->second};
}

void version_book::learn(const report::attestation_result& result) {
  if (result.summary.says == report::status::fail || result.device.empty())
    return;
  const std::lock_guard lock{mutex_};
  if (!devices_.contains(result.device) && devices_.size() >= max_devices)
    devices_.erase(devices_.begin());
  auto& known = devices_[result.device];
  auto is_new = false;
  for (const auto& [item, version] : result.versions) {
    // A name that would not be one line is not written down; nobody names things so.
    if (item.find('\n') != std::string::npos)
      continue;
    auto& newest = known[item];
    is_new = is_new || newest < version;
    newest = std::max(newest, version);
  }
  if (is_new && !folder_.empty())
    changed_[result.device] = known;
}

void version_book::flush() {
  std::map<std::string, versions> due;
  {
    const std::lock_guard lock{mutex_};
    due.swap(changed_);
  }
  for (const auto& [device, known] : due)
    if (const auto written = files::write(folder_ / device, write(known), files::access::owner);
        !written)
      note_("versions: " + to_string(written.error()));
}

} // namespace troth::actors
