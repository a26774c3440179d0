#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"
#include "tools/container/layers.hpp"
#include "tools/container/rootfs.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troth::container {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t max_description_bytes = std::size_t{4} << 20;
constexpr std::size_t max_layers = 512;
constexpr int max_links = 8; // docker save links layers that are the same

std::string without_dot(const std::string& name) {
  return name.starts_with("./") ? name.substr(2) : name;
}

/// Goes to the member of that name. @returns `not_found`, or `malformed` when links lead nowhere.
result<std::unique_ptr<archive_reader>> find(const fs::path& archive, const std::string& name) {
  auto wanted = name;
  for (int links = 0; links < max_links; ++links) {
    auto opened = archive_reader::open(archive);
    if (!opened)
      return opened;
    for (;;) {
      const auto one = (*opened)->next();
      if (!one)
        return one.error();
      if (!*one)
        return error{errc::not_found, archive.string() + ": " + wanted};
      if (without_dot((*one)->name) != wanted)
        continue;
      if ((*one)->same_as.empty())
        return opened;
      wanted = without_dot((*one)->same_as);
      break;
    }
  }
  return error{errc::malformed, archive.string() + ": " + name + ": links without an end"};
}

result<json> read_json(const fs::path& archive, const std::string& name) {
  const auto at = find(archive, name);
  if (!at)
    return at.error();
  const auto content = (*at)->read_all(max_description_bytes);
  if (!content)
    return content.error();
  auto value = codec::parse_json(to_text(*content), {.max_bytes = max_description_bytes});
  if (!value)
    return error{value.error().code, name + ": " + value.error().where};
  return value;
}

error no_image(const std::string& where) {
  return {errc::malformed, where + ": not of an image"};
}

/// Where an OCI layout has what a descriptor names.
result<std::string> blob_of(const json& descriptor) {
  constexpr std::string_view prefix = "sha256:";
  const auto at = descriptor.is_object() ? descriptor.find("digest") : descriptor.end();
  if (!descriptor.is_object() || at == descriptor.end() || !at->is_string())
    return no_image("descriptor");
  const auto digest = at->get<std::string>();
  if (!digest.starts_with(prefix) || !from_hex(digest.substr(prefix.size())))
    return error{errc::unsupported, "descriptor.digest: " + digest};
  return "blobs/sha256/" + digest.substr(prefix.size());
}

/// The layers that docker names.
result<std::vector<std::string>> docker_layers(const json& manifest) {
  if (!manifest.is_array() || manifest.empty() || !manifest[0].is_object()
      || !manifest[0].contains("Layers") || !manifest[0]["Layers"].is_array())
    return no_image("manifest.json");
  if (manifest.size() != 1)
    return error{errc::unsupported, "manifest.json: several images"};
  std::vector<std::string> out;
  for (const auto& layer : manifest[0]["Layers"]) {
    if (!layer.is_string())
      return no_image("manifest.json");
    out.push_back(layer.get<std::string>());
  }
  return out;
}

/// The layers that an OCI layout names, whose index may be of an index.
result<std::vector<std::string>> oci_layers(const fs::path& archive) {
  auto at = read_json(archive, "index.json");
  for (int depth = 0; depth < 2; ++depth) {
    if (!at)
      return at.error();
    if (!at->is_object() || !at->contains("manifests"))
      break;
    const auto& manifests = (*at)["manifests"];
    if (!manifests.is_array() || manifests.size() != 1)
      return error{errc::unsupported, "index.json: not of one image"};
    const auto blob = blob_of(manifests[0]);
    if (!blob)
      return blob.error();
    at = read_json(archive, *blob);
  }
  if (!at)
    return at.error();
  if (!at->is_object() || !at->contains("layers") || !(*at)["layers"].is_array())
    return no_image("manifest");
  std::vector<std::string> out;
  for (const auto& layer : (*at)["layers"]) {
    auto blob = blob_of(layer);
    if (!blob)
      return blob.error();
    out.push_back(*std::move(blob));
  }
  return out;
}

result<std::vector<std::string>> layers_of(const fs::path& archive) {
  const auto manifest = read_json(archive, "manifest.json");
  auto out = manifest ? docker_layers(*manifest)
             : manifest.error().code == errc::not_found
               ? oci_layers(archive)
               : result<std::vector<std::string>>{manifest.error()};
  if (out && out->size() > max_layers)
    return error{errc::too_large, "image: over " + std::to_string(max_layers) + " layers"};
  return out;
}

/// Adds what dockerd puts beneath what it mounts.
/// @see moby, daemon/initlayer/setup_unix.go
void add_docker_files(layered_tree& to) {
  const auto add = [&](const char* name, node_kind kind, std::string target = {}) {
    node what;
    what.kind = kind;
    what.mode = kind == node_kind::symbolic_link ? 0777 : 0755;
    what.target = std::move(target);
    to.add(name, what);
  };
  for (const auto* const name : {"dev", "dev/pts", "dev/shm", "etc", "proc", "sys"})
    add(name, node_kind::directory);
  for (const auto* const name :
       {".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf"})
    add(name, node_kind::regular);
  add("etc/mtab", node_kind::symbolic_link, "/proc/mounts");
}

} // namespace

result<digest> hash_image(const fs::path& archive, engine_files added, const tell_progress& tell) {
  const auto layers = layers_of(archive);
  if (!layers)
    return layers.error();
  auto made = layered_tree::make();
  if (!made)
    return made.error();
  auto tree = *std::move(made);
  for (const auto& name : *layers) {
    const auto at = find(archive, name);
    if (!at)
      return at.error();
    const auto layer = archive_reader::open_member(**at);
    if (!layer)
      return layer.error();
    if (const auto done = tree.add_layer(**layer, tell); !done)
      return error{done.error().code, name + ": " + done.error().where};
  }
  if (added == engine_files::docker)
    add_docker_files(tree);
  return tree.hash(tell);
}

} // namespace troth::container
