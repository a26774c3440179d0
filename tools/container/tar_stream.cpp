#include "tools/container/tar_stream.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>

namespace troth::container {

namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::size_t name_bytes = 100;
constexpr std::size_t prefix_bytes = 155;

using block = std::array<std::uint8_t, block_bytes>;

/// A field of a header: where it begins and how long it is.
struct field {
  std::size_t at;
  std::size_t size;
};

constexpr field name_field{0, name_bytes};
constexpr field mode_field{100, 8};
constexpr field owner_field{108, 8};
constexpr field group_field{116, 8};
constexpr field size_field{124, 12};
constexpr field time_field{136, 12};
constexpr field checksum_field{148, 8};
constexpr field type_field{156, 1};
constexpr field link_field{157, name_bytes};
constexpr field magic_field{257, 8};
constexpr field major_field{329, 8};
constexpr field minor_field{337, 8};
constexpr field prefix_field{345, prefix_bytes};

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string only_ascii(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return text;
}

bool fits_octal(std::uint64_t value, field in) {
  return value >> (3 * (in.size - 1)) == 0;
}

void put(block& into, field where, std::string_view text) {
  std::copy_n(text.begin(), std::min(text.size(), where.size), into.begin() + where.at);
  // A name that is cut behind a slash would be a directory's to old readers.
  const auto last = where.at + where.size - 1;
  if (text.size() > where.size && into[last] == '/')
    for (auto at = last; into[at] == '/' && at > where.at; --at)
      into[at] = 0;
}

/// Digits with zeros in front and a NUL behind; zero for what does not fit.
void put_octal(block& into, field where, std::uint64_t value) {
  if (!fits_octal(value, where))
    value = 0;
  for (auto digit = where.size - 1; digit-- > 0; value >>= 3)
    into[where.at + digit] = static_cast<std::uint8_t>('0' + (value & 7));
}

void seal(block& header) {
  put(header, magic_field,
      std::string_view{"ustar\0"
                       "00",
                       8});
  std::fill_n(header.begin() + checksum_field.at, checksum_field.size, std::uint8_t{' '});
  std::uint64_t sum = 0;
  for (const auto byte : header)
    sum += byte;
  put_octal(header, {checksum_field.at, checksum_field.size - 1}, sum);
  header[checksum_field.at + checksum_field.size - 2] = 0;
}

/// A name that is too long for its field, in two parts.
struct split_name {
  std::string prefix;
  std::string rest;
};

std::optional<split_name> split(const std::string& name) {
  if (name.size() <= name_bytes || !is_ascii(name))
    return std::nullopt;
  auto length = name.size();
  if (length > prefix_bytes + 1)
    length = prefix_bytes + 1;
  else if (name.back() == '/')
    --length;
  const auto slash = std::string_view{name}.substr(0, length).rfind('/');
  if (slash == std::string_view::npos || slash == 0 || slash > prefix_bytes)
    return std::nullopt;
  const auto rest = name.size() - slash - 1;
  if (rest == 0 || rest > name_bytes)
    return std::nullopt;
  return split_name{name.substr(0, slash), name.substr(slash + 1)};
}

/// Writes `LENGTH KEY=VALUE\n`, the length being that of all.
std::string record(const std::string& key, const std::string& value) {
  constexpr std::size_t marks = 3; // blank, equals sign, newline
  auto size = key.size() + value.size() + marks;
  size += std::to_string(size).size();
  auto out = std::to_string(size) + ' ' + key + '=' + value + '\n';
  if (out.size() != size)
    out = std::to_string(out.size()) + ' ' + key + '=' + value + '\n';
  return out;
}

std::uint8_t type_of(node_kind kind, bool is_link) {
  if (is_link)
    return '1';
  switch (kind) {
  case node_kind::regular:
    return '0';
  case node_kind::symbolic_link:
    return '2';
  case node_kind::character_device:
    return '3';
  case node_kind::block_device:
    return '4';
  case node_kind::directory:
    return '5';
  case node_kind::fifo:
    return '6';
  }
  return '0';
}

/// Where an extended header is said to be.
std::string extended_name(const std::string& name) {
  const auto end = name.find_last_not_of('/');
  const auto whole = name.substr(0, end == std::string::npos ? 0 : end + 1);
  const auto is_directory = whole.size() != name.size();
  const auto slash = is_directory ? whole.size() : whole.rfind('/');
  const auto folder = slash == std::string::npos ? std::string{} : whole.substr(0, slash) + '/';
  const auto file = is_directory || slash == std::string::npos
                      ? (is_directory ? std::string{} : whole)
                      : whole.substr(slash + 1);
  auto out = only_ascii(folder + "PaxHeaders.0" + (file.empty() ? "" : '/' + file));
  out.resize(std::min(out.size(), name_bytes));
  while (!out.empty() && out.back() == '/')
    out.pop_back();
  return out;
}

} // namespace

bool walk_order::operator()(std::string_view a, std::string_view b) const noexcept {
  const auto [at, other] = std::ranges::mismatch(a, b);
  if (at == a.end() || other == b.end())
    return at == a.end() && other != b.end();
  const auto rank = [](char c) { return c == '/' ? 0 : int{static_cast<unsigned char>(c)} + 1; };
  return rank(*at) < rank(*other);
}

result<void> tar_stream::add(const std::string& path, const node& what,
                             const std::string& same_as) {
  if (auto ended = end_file(); !ended)
    return ended;
  const auto name = what.kind == node_kind::directory ? path + '/' : path;
  const auto is_link = !same_as.empty();
  const auto& link = is_link ? same_as : what.target;
  if (path.empty() || path.find('\0') != std::string::npos || link.find('\0') != std::string::npos)
    return error{errc::malformed, "a name that no archive can hold"};
  const auto size = is_link || what.kind != node_kind::regular ? 0 : what.size_bytes;
  std::map<std::string, std::string> records;
  const auto parts = split(name);
  if ((name.size() > name_bytes || !is_ascii(name)) && !parts)
    records["path"] = name;
  if (link.size() > name_bytes || !is_ascii(link))
    records["linkpath"] = link;
  for (const auto& [key, value, in] : {std::tuple{"uid", std::uint64_t{what.owner}, owner_field},
                                       {"gid", std::uint64_t{what.group}, group_field},
                                       {"size", size, size_field}})
    if (!fits_octal(value, in))
      records[key] = std::to_string(value);
  if (!what.capability.empty())
    records["SCHILY.xattr.security.capability"] = what.capability;
  if (!records.empty() && parts)
    records["path"] = name; // two ways to say it are for the older header only
  if (!records.empty())
    extended_header(name, records);
  block header{};
  const auto is_old = records.empty();
  put(header, name_field, is_old && parts ? parts->rest : is_old ? name : only_ascii(name));
  put(header, prefix_field, is_old && parts ? parts->prefix : "");
  put_octal(header, mode_field, what.mode);
  put_octal(header, owner_field, what.owner);
  put_octal(header, group_field, what.group);
  put_octal(header, size_field, size);
  put_octal(header, time_field, 0);
  header[type_field.at] = type_of(what.kind, is_link);
  put(header, link_field, is_old ? link : only_ascii(link));
  put_octal(header, major_field, what.major);
  put_octal(header, minor_field, what.minor);
  seal(header);
  out_(header);
  missing_bytes_ = size;
  written_bytes_ = 0;
  return {};
}

void tar_stream::extended_header(const std::string& name,
                                 const std::map<std::string, std::string>& records) {
  std::string text;
  for (const auto& [key, value] : records)
    text += record(key, value);
  block header{};
  put(header, name_field, extended_name(name));
  for (const auto each : {mode_field, owner_field, group_field, time_field})
    put_octal(header, each, 0);
  put_octal(header, size_field, text.size());
  header[type_field.at] = 'x';
  seal(header);
  out_(header);
  auto data = to_bytes(text);
  data.resize((data.size() + block_bytes - 1) / block_bytes * block_bytes);
  out_(data);
}

void tar_stream::content(byte_view part) {
  const auto taken
    = part.first(static_cast<std::size_t>(std::min<std::uint64_t>(part.size(), missing_bytes_)));
  out_(taken);
  missing_bytes_ -= taken.size();
  written_bytes_ += taken.size();
}

result<void> tar_stream::end_file() {
  if (missing_bytes_ != 0)
    return error{errc::io, "a file became shorter while it was read"};
  const auto rest = static_cast<std::size_t>(written_bytes_ % block_bytes);
  if (rest != 0)
    out_(bytes(block_bytes - rest));
  written_bytes_ = 0;
  return {};
}

result<void> tar_stream::finish() {
  if (auto ended = end_file(); !ended)
    return ended;
  out_(bytes(2 * block_bytes));
  return {};
}

} // namespace troth::container
