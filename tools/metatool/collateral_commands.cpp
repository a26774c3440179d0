#include "shared/collateral/depot.hpp"
#include "shared/files/files.hpp"
#include "tools/metatool/commands.hpp"
#include "tools/metatool/remarks.hpp"
#include "tools/terminal/sheet.hpp"

#include <ostream>
#include <utility>
#include <vector>

namespace troth::metatool {

namespace {

constexpr std::size_t max_collateral_bundle_bytes = std::size_t{512} * 1024 * 1024;

/// A verifier's folder, with nobody to ask.
collateral::depot open_depot(const path& folder, time_point now,
                             const std::vector<crypto::certificate>& roots = {}) {
  collateral::depot_ports ports{{}, [now] { return now; }};
  ports.trust->snp_roots = roots;
  ports.trust->intel_roots = roots;
  return {folder, {}, std::move(ports)};
}

result<std::vector<collateral::item>> items_in(const path& folder, time_point now) {
  auto depot = open_depot(folder, now);
  depot.load();
  std::vector<collateral::item> out;
  for (const auto& each : depot.all())
    out.push_back(*each);
  if (out.empty())
    return error{errc::not_found, folder.string() + ": no collateral there"};
  return out;
}

std::string shown(const std::vector<collateral::item>& items, time_point now) {
  terminal::sheet out{terminal::screen::plain, 120};
  for (const auto& one : items) {
    out.line(0, one.name);
    out.row(2, "good",
            format_time(one.from) + " to " + format_time(one.until)
              + (one.is_current(now) ? "" : ", not now"));
    out.row(2, "fetched",
            format_time(one.fetched) + " from "
              + (one.source.empty() ? "nobody knows where" : one.source));
  }
  return std::move(out).take();
}

} // namespace

terminal::exit_code run(const show_collateral_options& options, const ports& world) {
  const auto items = items_in(options.folder, world.now);
  if (!items)
    return give_up(world, items.error());
  world.out << shown(*items, world.now);
  return terminal::good;
}

terminal::exit_code run(const export_collateral_options& options, const ports& world) {
  const auto items = items_in(options.folder, world.now);
  if (!items)
    return give_up(world, items.error());
  return write(to_bytes(collateral::write_items(*items)), options.out, world);
}

terminal::exit_code run(const import_collateral_options& options, const ports& world) {
  const auto content = files::read(options.in, max_collateral_bundle_bytes);
  if (!content)
    return give_up(world, content.error());
  auto items = collateral::read_items(to_text(*content));
  if (!items)
    return give_up(world, items.error());
  const auto size = items->size();
  const auto roots = read_roots(options.roots);
  if (!roots)
    return give_up(world, roots.error());
  auto depot = open_depot(options.folder, world.now, *roots);
  const auto taken = depot.take_in(*std::move(items));
  if (!taken)
    return give_up(world, taken.error());
  world.out << *taken << " items, " << size - *taken << " older than what is there\n";
  return terminal::good;
}

} // namespace troth::metatool
