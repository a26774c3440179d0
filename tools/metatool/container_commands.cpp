#include "shared/files/files.hpp"
#include "tools/container/bundle.hpp"
#include "tools/container/rootfs.hpp"
#include "tools/metatool/commands.hpp"
#include "tools/metatool/create.hpp"
#include "tools/metatool/remarks.hpp"

#include <ostream>

namespace troth::metatool {

namespace {

result<bytes> make(const from_container_options& options, const ports& world) {
  if (options.trust_anchor == "TPM" && options.pcr == 0)
    return error{errc::missing, "--pcr"};
  const auto tell = [&](const container::progress& so_far) {
    show_progress(world, {so_far.files, 0, so_far.bytes});
  };
  const auto added = options.is_docker ? container::engine_files::docker
                                       : container::engine_files::none;
  const auto rootfs = options.archive.empty() ? container::hash_folder(options.folder, tell)
                                              : container::hash_image(options.archive, added, tell);
  end_progress(world);
  if (!rootfs)
    return rootfs.error();
  const auto event = container::make_event({options.name, options.id}, options.configuration,
                                           *rootfs);
  if (!event)
    return event.error();
  return write_reference_values(
    {container::make_reference(*event, {options.trust_anchor, options.pcr})});
}

} // namespace

terminal::exit_code run(const from_container_options& options, const ports& world) {
  return write(make(options, world), options.out, world);
}

} // namespace troth::metatool
