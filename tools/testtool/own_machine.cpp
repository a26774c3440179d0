#include "tools/testtool/own_machine.hpp"

#include "shared/client/own_gateway.hpp"
#include "shared/device/intel_anchor.hpp"
#include "shared/device/snp_anchor.hpp"
#include "shared/device/sw_anchor.hpp"
#include "shared/files/files.hpp"
#include "shared/wire/members.hpp"

#include <filesystem>
#include <memory>
#include <utility>

namespace troth::testtool {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_description = std::size_t{64} * 1024;
constexpr std::size_t max_text = 4096;
constexpr const char* kernel_reports = "/sys/kernel/config/tsm/report/troth-testtool";

struct description {
  std::string name;
  std::string anchor;
  fs::path state;
  fs::path metadata;
};

result<description> read_description(const fs::path& file) {
  const auto text = files::read(file, max_description);
  if (!text)
    return text.error();
  auto parsed = wire::members::parse(to_text(*text), "machine");
  if (!parsed)
    return parsed.error();
  auto members = *std::move(parsed);
  description out;
  out.name = members.text("name", max_text);
  out.anchor = members.text("anchor", max_text);
  out.state = members.text("state", max_text);
  out.metadata = members.text("metadata", max_text);
  members.require(!out.name.empty(), errc::missing, "name", "what the machine calls itself");
  members.require(!out.anchor.empty(), errc::missing, "anchor", "sw, snp or tdx");
  members.require(!out.state.empty() || out.anchor == "snp", errc::missing, "state", "a folder");
  return members.finish(std::move(out));
}

result<std::unique_ptr<device::anchor>> make_anchor(const description& of) {
  if (of.anchor == "sw") {
    std::error_code why;
    fs::create_directories(of.state, why);
    if (why)
      return error{errc::io, of.state.string() + ": " + why.message()};
    return device::make_sw_anchor(of.state);
  }
  auto kernel = device::make_configfs_source(kernel_reports, std::nullopt);
  if (of.anchor == "snp")
    return device::make_snp_anchor(std::move(kernel), {});
  if (of.anchor == "tdx")
    return device::make_intel_anchor(device::intel_tee::tdx,
                                     device::make_configfs_source(std::move(kernel), of.state), {});
  return error{errc::unsupported, "anchor: " + of.anchor + ", expected sw, snp or tdx"};
}

} // namespace

result<client::gateway> open_own_machine(const std::string& url) {
  const fs::path file = url.substr(own_machine_scheme.size());
  const auto of = read_description(file);
  if (!of)
    return error{of.error().code, file.string() + ": " + of.error().where};
  auto anchor = make_anchor(*of);
  if (!anchor)
    return error{anchor.error().code, file.string() + ": " + anchor.error().where};
  std::vector<std::shared_ptr<device::anchor>> anchors;
  anchors.push_back(*std::move(anchor));
  return client::over_machine(
    std::make_shared<attesting::own_machine>(of->name, std::move(anchors), of->metadata));
}

} // namespace troth::testtool
