#include "shared/endorsement/container_configuration.hpp"

#include "shared/codec/canonical_json.hpp"
#include "shared/codec/json.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace troth::endorsement {

namespace {

using nlohmann::json;

constexpr std::size_t max_configuration_bytes = std::size_t{4} * 1024 * 1024;
constexpr std::size_t short_id_size = 12;
constexpr std::string_view any_container = "<container-id>";
constexpr std::string_view docker_volumes = "/var/lib/docker/volumes/";

/// Returns a member that is of this type, or null.
json* find(json& object, const char* name, json::value_t type) {
  if (!object.is_object())
    return nullptr;
  const auto at = object.find(name);
  return at != object.end() && at->type() == type ? &*at : nullptr;
}

json* object_in(json& object, const char* name) {
  return find(object, name, json::value_t::object);
}

json* array_in(json& object, const char* name) {
  return find(object, name, json::value_t::array);
}

std::string text_in(const json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>()
                                                                     : std::string{};
}

std::int64_t number_in(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_number_integer() ? at->get<std::int64_t>() : -1;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// What libnetwork tells its hook is the daemon's: where it lives, and a random name.
result<void> normalize_hook(json& hook, const resolve_path& resolve) {
  auto path = resolve(text_in(hook, "path"));
  if (!path)
    return path.error();
  hook["path"] = *std::move(path);
  constexpr std::size_t controller = 3;
  if (auto* arguments = array_in(hook, "args");
      arguments != nullptr && arguments->size() > controller
      && arguments->front() == "libnetwork-setkey" && arguments->at(controller).is_string()) {
    auto& id = arguments->at(controller).get_ref<std::string&>();
    if (id.size() == short_id_size && is_hex(id))
      id = "<docker-network-controller-id>";
  }
  return {};
}

/// Kata's mounts are called after the container, 16 digits of chance, and what they are.
std::string normalize_source(const std::string& source) {
  if (source.starts_with(docker_volumes))
    return "<docker-volume>";
  constexpr std::string_view kata = "/run/kata-containers/shared/containers/<container-id>-";
  constexpr std::size_t digits = 16;
  if (!source.starts_with(kata) || source.size() <= kata.size() + digits + 1)
    return source;
  const auto chance = source.substr(kata.size(), digits);
  const auto name = source.substr(kata.size() + digits);
  const auto is_lower_hex = chance.find_first_not_of("0123456789abcdef") == std::string::npos;
  const auto is_name = name[0] == '-' && name[1] >= 'a' && name[1] <= 'z'
                       && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-")
                            == std::string::npos;
  return is_lower_hex && is_name ? std::string{kata} + "<kata-mount-hash>" + name : source;
}

void sort_texts(json* object, std::initializer_list<const char*> names) {
  if (object == nullptr)
    return;
  for (const auto* const name : names)
    if (auto* texts = array_in(*object, name))
      std::stable_sort(texts->begin(), texts->end());
}

template <class Key>
void sort_by(json* items, Key key) {
  if (items != nullptr)
    std::stable_sort(items->begin(), items->end(),
                     [&](const json& a, const json& b) { return key(a) < key(b); });
}

void sort_seccomp(json& seccomp) {
  sort_texts(&seccomp, {"architectures", "flags"});
  auto* const calls = array_in(seccomp, "syscalls");
  if (calls == nullptr)
    return;
  for (auto& call : *calls)
    sort_texts(&call, {"names"});
  sort_by(calls, [](const json& call) {
    std::string names;
    if (call.is_object() && call.contains("names") && call["names"].is_array())
      for (const auto& name : call["names"])
        names += (names.empty() ? "" : ",") + (name.is_string() ? name.get<std::string>() : "");
    return std::tuple{names, text_in(call, "action")};
  });
}

void sort(json& configuration) {
  if (auto* process = object_in(configuration, "process")) {
    sort_texts(process, {"env"});
    sort_texts(object_in(*process, "capabilities"),
               {"bounding", "effective", "inheritable", "permitted", "ambient"});
  }
  sort_by(array_in(configuration, "mounts"), [](const json& mount) {
    return std::tuple{text_in(mount, "source"), text_in(mount, "destination")};
  });
  auto* const platform = object_in(configuration, "linux");
  if (platform == nullptr)
    return;
  sort_texts(platform, {"maskedPaths", "readonlyPaths"});
  sort_by(array_in(*platform, "namespaces"),
          [](const json& each) { return text_in(each, "type"); });
  if (auto* resources = object_in(*platform, "resources"))
    sort_by(array_in(*resources, "devices"), [](const json& device) {
      return std::tuple{text_in(device, "type"), number_in(device, "major"),
                        number_in(device, "minor")};
    });
  if (auto* seccomp = object_in(*platform, "seccomp"))
    sort_seccomp(*seccomp);
}

template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether the reference, whose structures leave out most members that are empty, would not write
/// this one: those that must be there, and those that it knows to be there, it writes.
bool is_left_out(std::string_view parent, std::string_view name, const json& value) {
  using namespace std::string_view_literals;
  constexpr std::array maps = {"annotations"sv, "sysctl"sv,     "unified"sv,
                               "rdma"sv,        "netDevices"sv, "timeOffsets"sv};
  constexpr std::array written
    = {"ociVersion"sv,   "cwd"sv,    "destination"sv,       "allow"sv, "disableOOMKiller"sv,
       "useHierarchy"sv, "policy"sv, "checkBeforeUpdate"sv, "names"sv, "defaultAction"sv};
  constexpr std::array zeros = {"nice"sv, "runtime"sv,  "deadline"sv,
                                "secs"sv, "nanosecs"sv, "valueTwo"sv};
  if (value.is_null())
    return true;
  if (is_one_of(maps, parent) && value.is_primitive())
    return false;
  if (value.is_object())
    return value.empty() && is_one_of(maps, name);
  if (value.is_number())
    return value == 0
           && (is_one_of(zeros, name)
               || (parent == "scheduler" && (name == "priority" || name == "period")));
  const auto is_empty = value.empty() || value == "" || value == false;
  return is_empty && !is_one_of(written, name);
}

/// @param parent the member that `value` is of, or is an item of.
void drop_empty(json& value, std::string_view parent = {}) {
  if (value.is_array())
    for (auto& item : value)
      drop_empty(item, parent);
  if (!value.is_object())
    return;
  for (auto at = value.begin(); at != value.end();) {
    drop_empty(at.value(), at.key());
    at = is_left_out(parent, at.key(), at.value()) ? value.erase(at) : std::next(at);
  }
}

} // namespace

result<codec::free_object> normalize_configuration(std::string_view id, std::string_view text,
                                                   const resolve_path& resolve) {
  if (id.empty())
    return error{errc::malformed, "container id: empty"};
  std::string reproducible{text};
  replace_all(reproducible, id, any_container);
  replace_all(reproducible, id.substr(0, short_id_size), any_container);
  auto parsed = codec::parse_json(reproducible, {.max_bytes = max_configuration_bytes});
  if (!parsed)
    return error{parsed.error().code, "container configuration: " + parsed.error().where};
  auto configuration = *std::move(parsed);
  if (object_in(configuration, "process") == nullptr)
    return error{errc::malformed, "container configuration.process: expected an object"};
  if (auto* hooks = object_in(configuration, "hooks"))
    if (auto* prestart = array_in(*hooks, "prestart"))
      for (auto& hook : *prestart)
        if (const auto done = normalize_hook(hook, resolve); !done)
          return done.error();
  for (const auto* const dropped : {"hostname", "annotations", "root"})
    configuration.erase(dropped);
  for (const auto* const dropped : {"terminal", "consoleSize"})
    configuration["process"].erase(dropped);
  if (auto* mounts = array_in(configuration, "mounts"))
    for (auto& mount : *mounts)
      if (auto* source = find(mount, "source", json::value_t::string))
        *source = normalize_source(source->get<std::string>());
  return uniform_configuration({std::move(configuration)});
}

codec::free_object uniform_configuration(codec::free_object configuration) {
  drop_empty(configuration.value);
  sort(configuration.value);
  return configuration;
}

digest configuration_hash(const codec::free_object& configuration) {
  return crypto::hash(hash_algorithm::sha256,
                      to_bytes(codec::canonical_json(uniform_configuration(configuration).value)));
}

digest container_hash(byte_view configuration_sha256, byte_view rootfs_sha256) {
  return crypto::hash(hash_algorithm::sha256, {configuration_sha256, rootfs_sha256});
}

} // namespace troth::endorsement
