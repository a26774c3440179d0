#include "tools/testtool/provision.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <ostream>

namespace troth::testtool {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_data = std::size_t{1024} * 1024;
constexpr std::size_t max_command_line = std::size_t{64} * 1024;
constexpr std::size_t sha256_bytes = 32;

/// Returns the value of the word `key=value`; nothing if there is none, or several.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
  std::optional<std::string_view> out;
  while (!line.empty()) {
    const auto end = std::min(line.find_first_of(" \t\n"), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    if (!word.starts_with(key) || word.size() <= key.size() || word[key.size()] != '=')
      continue;
    if (out)
      return std::nullopt;
    out = word.substr(key.size() + 1);
  }
  return out;
}

/// The disks of this machine: virtio, SCSI, NVMe.
std::vector<fs::path> all_disks() {
  std::vector<fs::path> out;
  std::error_code ignored;
  for (const auto& each : fs::directory_iterator{"/dev", ignored}) {
    const auto name = each.path().filename().string();
    const auto is_disk = name.starts_with("vd") || name.starts_with("sd")
                         || name.starts_with("nvme");
    if (is_disk && fs::is_block_file(each.status(ignored)))
      out.push_back(each.path());
  }
  std::ranges::sort(out);
  return out;
}

/// Returns the first bytes of a device if they are those of the claim.
std::optional<std::string> look_at(const fs::path& device, const provisioning_claim& claim) {
  std::ifstream in{device, std::ios::binary};
  std::string out(claim.size_bytes, '\0');
  if (!in.read(out.data(), static_cast<std::streamsize>(out.size())))
    return std::nullopt;
  const auto digest = crypto::hash(hash_algorithm::sha256, to_bytes(out));
  if (!std::ranges::equal(digest.view(), claim.sha256))
    return std::nullopt;
  return out;
}

result<provisioning_data> find_data(const provision_options& options) {
  const auto line = files::read(options.command_line, max_command_line);
  if (!line)
    return line.error();
  const auto claim = read_claim(to_text(*line));
  if (!claim)
    return claim.error();
  const auto devices = options.devices.empty() ? all_disks() : options.devices;
  for (const auto& each : devices)
    if (const auto found = look_at(each, *claim))
      return read_provisioning_data(*found);
  return error{errc::not_found, "none of " + std::to_string(devices.size())
                                  + " devices begins with the data whose SHA-256 is "
                                  + hex(claim->sha256)};
}

} // namespace

result<provisioning_claim> read_claim(std::string_view command_line) {
  const auto digest = value_of(command_line, "config_hash");
  const auto size = value_of(command_line, "config_size");
  if (!digest || !size)
    return error{errc::missing, "command line: config_hash and config_size, each of them once"};
  auto sha256 = from_hex(*digest);
  if (!sha256 || sha256->size() != sha256_bytes)
    return error{errc::malformed, "config_hash: expected 64 hex digits"};
  provisioning_claim out{*std::move(sha256), 0};
  const auto* const end = size->data() + size->size();
  const auto [at, why] = std::from_chars(size->data(), end, out.size_bytes);
  if (why != std::errc{} || at != end || out.size_bytes == 0)
    return error{errc::malformed, "config_size: expected a number of bytes"};
  if (out.size_bytes > max_data)
    return error{errc::too_large, "config_size: " + std::to_string(out.size_bytes)
                                    + ", expected at most " + std::to_string(max_data)};
  return out;
}

result<provisioning_data> read_provisioning_data(std::string_view text) {
  constexpr std::string_view token_key = "token=";
  constexpr std::string_view ca_key = "ca=";
  const auto end = text.find('\n');
  if (!text.starts_with(token_key) || end == std::string_view::npos || end == token_key.size())
    return error{errc::missing, "token: expected in the first line"};
  auto rest = text.substr(end + 1);
  if (!rest.starts_with(ca_key))
    return error{errc::missing, "ca: expected behind the token"};
  rest.remove_prefix(ca_key.size());
  rest = rest.substr(0, rest.find_last_not_of(std::string_view{"\0\n", 2}) + 1);
  provisioning_data out{std::string{text.substr(token_key.size(), end - token_key.size())},
                        std::string{rest} + '\n'};
  if (const auto read = crypto::certificate::from_pem(out.ca); !read)
    return error{errc::malformed, "ca: " + to_string(read.error())};
  return out;
}

terminal::exit_code provision(const provision_options& options, const ports& world) {
  const auto found = find_data(options);
  auto done = found ? files::write(options.ca_out, to_bytes(found->ca), files::access::everyone)
                    : result<void>{found.error()};
  if (done)
    done = files::write(options.token_out, to_bytes(found->token), files::access::owner);
  if (!done) {
    complain(world, done.error());
    return terminal::exit_code_for(done.error().code);
  }
  world.out << "token in " << options.token_out.string() << "\nCA in " << options.ca_out.string()
            << '\n';
  return terminal::good;
}

} // namespace troth::testtool
