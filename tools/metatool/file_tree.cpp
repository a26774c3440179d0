#include "tools/metatool/file_tree.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/endorsement/reference_values.hpp"
#include "shared/evidence/ima/list.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <system_error>

namespace troth::metatool {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t ima_pcr = 10;
constexpr std::uint64_t files_between_tellings = 100;
constexpr std::size_t max_file_bytes = std::size_t{4} * 1024 * 1024 * 1024;

void put_u32(bytes& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_sized(bytes& out, byte_view field) {
  put_u32(out, field.size());
  out.insert(out.end(), field.begin(), field.end());
}

/// Writes what the kernel would write into its binary list for a file.
/// @see Linux, Documentation/security/IMA-templates.rst
void put_entry(bytes& list, byte_view sum, const std::string& path,
               const std::string& template_name) {
  auto named = to_bytes("sha256:");
  named.push_back(0);
  named.insert(named.end(), sum.begin(), sum.end());
  auto with_nul = to_bytes(path);
  with_nul.push_back(0);
  bytes data;
  put_sized(data, named);
  put_sized(data, with_nul);
  if (template_name == "ima-sig")
    put_sized(data, {});
  put_u32(list, ima_pcr);
  const auto template_hash = crypto::hash(hash_algorithm::sha1, data);
  list.insert(list.end(), template_hash.view().begin(), template_hash.view().end());
  put_sized(list, to_bytes(template_name));
  put_sized(list, data);
}

bool is_wanted(const fs::directory_entry& file, const tree_options& options) {
  std::error_code why;
  if (file.is_symlink(why) || !file.is_regular_file(why))
    return false;
  constexpr auto executable = fs::perms::owner_exec | fs::perms::group_exec
                              | fs::perms::others_exec;
  const auto name = file.path().filename().string();
  return !options.executables_only
         || (file.symlink_status(why).permissions() & executable) != fs::perms::none
         || name.ends_with(".so") || name.find(".so.") != std::string::npos;
}

result<std::vector<fs::path>> wanted_files(const fs::path& folder, const tree_options& options) {
  std::error_code why;
  std::vector<fs::path> out;
  for (fs::recursive_directory_iterator at{folder, why}, end; !why && at != end;
       at.increment(why)) {
    if (is_wanted(*at, options))
      out.push_back(at->path());
    if (out.size() > evidence::ima::max_entries)
      return error{errc::too_large, folder.string() + ": too many files"};
  }
  if (why)
    return error{why == std::errc::no_such_file_or_directory ? errc::not_found : errc::io,
                 folder.string() + ": " + why.message()};
  std::ranges::sort(out); // the same tree gives the same values
  return out;
}

} // namespace

result<std::vector<report::component>>
file_references(const fs::path& folder, const tree_options& options,
                const std::function<void(const progress&)>& tell) {
  if (options.ima_template != "ima-ng" && options.ima_template != "ima-sig")
    return error{errc::unsupported, "template: " + options.ima_template};
  const auto files = wanted_files(folder, options);
  if (!files)
    return files.error();
  bytes list;
  progress so_far;
  so_far.all_files = files->size();
  for (const auto& file : *files) {
    const auto content = files::read(file, max_file_bytes);
    if (!content)
      return content.error();
    const auto path = fs::path{options.prefix} / file.lexically_relative(folder);
    put_entry(list, crypto::hash(hash_algorithm::sha256, *content).view(), path.string(),
              options.ima_template);
    ++so_far.files;
    so_far.bytes += content->size();
    if (so_far.files % files_between_tellings == 0)
      tell(so_far);
  }
  tell(so_far);
  const auto parsed = evidence::ima::parse_list(list);
  if (!parsed)
    return parsed.error();
  return endorsement::ima_references(*parsed, options.banks, endorsement::ima_extend::hashed)
    .components;
}

} // namespace troth::metatool
