#include "tools/metatool/remarks.hpp"

#include "shared/files/files.hpp"
#include "tools/terminal/text.hpp"

#include <algorithm>
#include <ostream>
#include <string>

namespace troth::metatool {

void remark(const ports& world, std::string_view text) {
  world.err << "troth-metatool: " << terminal::printable(text, terminal::charset::ascii) << '\n';
}

terminal::exit_code give_up(const ports& world, const error& why) {
  remark(world, to_string(why));
  return terminal::exit_code_for(why.code);
}

terminal::exit_code write(const result<bytes>& made, const path& out, const ports& world) {
  if (!made)
    return give_up(world, made.error());
  const auto written = files::write(out, *made, files::access::everyone);
  return written ? terminal::good : give_up(world, written.error());
}

terminal::exit_code write_or_print(const result<bytes>& made, const path& out, const ports& world) {
  if (!made || !out.empty())
    return write(made, out, world);
  world.out << to_text(*made);
  return terminal::good;
}

error in_file(const error& why, const path& file) {
  return {why.code, file.string() + ": " + why.where};
}

result<std::string> read_pem(const path& file) {
  constexpr std::size_t max_pem = std::size_t{1024} * 1024;
  const auto content = files::read(file, max_pem);
  if (!content)
    return content.error();
  return to_text(*content);
}

result<std::vector<crypto::certificate>> read_roots(const std::vector<path>& from) {
  std::vector<crypto::certificate> out;
  for (const auto& file : from) {
    const auto pem = read_pem(file);
    if (!pem)
      return pem.error();
    const auto roots = crypto::certificate::from_pem(*pem);
    if (!roots)
      return in_file(roots.error(), file);
    out.insert(out.end(), roots->begin(), roots->end());
  }
  return out;
}

void show_progress(const ports& world, const long_work& so_far) {
  constexpr std::uint64_t mebibyte = 1024 * 1024;
  constexpr std::uint64_t bar_width = 30;
  if (!world.shows_progress)
    return;
  world.err << '\r';
  if (so_far.all_files != 0) {
    const auto done = std::min(so_far.files, so_far.all_files) * bar_width / so_far.all_files;
    world.err << '[' << std::string(done, '#') << std::string(bar_width - done, '.') << "] ";
  }
  world.err << so_far.files << " files, " << so_far.bytes / mebibyte << " MiB" << std::flush;
}

void end_progress(const ports& world) {
  if (world.shows_progress)
    world.err << '\n';
}

} // namespace troth::metatool
