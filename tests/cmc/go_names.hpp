#pragma once

#include "shared/report/component.hpp"
#include "shared/report/metadata.hpp"
#include "tests/cmc/cases.hpp"

#include <string>

// The reference's tables have its structures under the names of its code, not those of the wire.

namespace troth::testing {

inline std::string text_in(const json& object, const char* name) {
  return object.value(name, std::string{});
}

inline report::component component_of(const json& from) {
  report::component out;
  out.type = text_in(from, "Type");
  out.name = text_in(from, "Name");
  out.optional = from.value("Optional", false);
  for (const auto& each : from.value("Hashes", json::array()))
    out.hashes.push_back(*digest::from(*parse_hash_algorithm(each.at("Alg").get<std::string>()),
                                       bytes_in(each.at("Content"))));
  for (const auto& each : from.value("Properties", json::array()))
    out.properties.push_back({text_in(each, "Name"), text_in(each, "Value")});
  if (from.contains("CtrData")) {
    const auto& data = from.at("CtrData");
    out.container = report::container_data{bytes_in(data.value("ConfigSha256", "")),
                                           bytes_in(data.value("RootfsSha256", "")),
                                           {data.value("OciSpec", json{})}};
  }
  return out;
}

inline report::meta_info info_of(const json& from) {
  report::meta_info out{text_in(from, "Name"), text_in(from, "Version"), std::nullopt,
                        text_in(from, "Description")};
  if (from.contains("Validity"))
    out.valid = report::validity{*parse_time(text_in(from["Validity"], "NotBefore")),
                                 *parse_time(text_in(from["Validity"], "NotAfter"))};
  return out;
}

/// @param from `{MetaInfo, Manifest}`; what is not there stays empty.
inline report::manifest manifest_of(const json& from) {
  report::manifest out;
  out.info = info_of(from.value("MetaInfo", json::object()));
  const auto& body = from.at("Manifest");
  out.developer_common_name = text_in(body, "DevCommonName");
  out.certification_level = body.value("CertLevel", std::uint64_t{0});
  out.omsp_server = text_in(body, "OmspServer");
  out.base_layers = body.value("BaseLayers", std::vector<std::string>{});
  for (const auto& each : body.value("Sbom", json::object()).value("Components", json::array()))
    out.components.push_back(component_of(each));
  return out;
}

inline report::image_description image_of(const json& from) {
  report::image_description out;
  out.info = info_of(from.at("MetaInfo"));
  out.location = text_in(from.at("ImageDescription"), "Location");
  for (const auto& each : from.at("ImageDescription").at("Descriptions"))
    out.descriptions.push_back({text_in(each, "Name"), "", text_in(each, "Manifest")});
  return out;
}

inline report::omsp_response status_of(const json& from) {
  const auto& body = from.at("OmspResponse");
  report::omsp_response out{info_of(from.at("MetaInfo")),
                            text_in(body, "Server"),
                            *parse_time(text_in(body, "ProducedAt")),
                            {}};
  for (const auto& each : body.at("Responses")) {
    auto& entry = out.responses.emplace_back();
    entry.manifest_hash = text_in(each, "ManifestHash");
    for (const auto status : {report::manifest_status::good, report::manifest_status::outdated,
                              report::manifest_status::revoked})
      if (name(status) == text_in(each, "Status"))
        entry.status = status;
    entry.this_update = *parse_time(text_in(each, "ThisUpdate"));
    if (each.contains("NextUpdate"))
      entry.next_update = *parse_time(text_in(each, "NextUpdate"));
  }
  return out;
}

} // namespace troth::testing
