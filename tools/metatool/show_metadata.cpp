#include "shared/crypto/certificate.hpp"
#include "tools/metatool/inspect.hpp"

namespace troth::metatool {

namespace {

using terminal::sheet;

std::string_view name_of(signature_scheme scheme) {
  switch (scheme) {
  case signature_scheme::ecdsa:
    return "ECDSA";
  case signature_scheme::rsassa:
    return "RSASSA";
  case signature_scheme::rsapss:
    return "RSA-PSS";
  case signature_scheme::eddsa:
    return "EdDSA";
  }
  return "?";
}

std::string describe(byte_view der) {
  const auto parsed = crypto::certificate::from_der(der);
  if (!parsed)
    return "not a certificate: " + to_string(parsed.error());
  return parsed->subject() + ", to " + format_time(parsed->not_after());
}

void show_info(sheet& out, std::string_view kind, const report::meta_info& info) {
  out.heading(std::string{kind} + " " + info.name);
  out.row(2, "description", info.description);
  out.row(2, "version", info.version);
  if (info.valid)
    out.row(2, "valid",
            format_time(info.valid->not_before) + " to " + format_time(info.valid->not_after));
}

/// Shows each kind of item.
struct shower {
  sheet& out;
  const inspect_options& options;

  void operator()(const report::manifest& what) const {
    show_info(out, report::manifest_type, what.info);
    out.row(2, "developer", what.developer_common_name);
    out.row(2, "base layers", terminal::joined(what.base_layers));
    out.row(2, "cert. level", std::to_string(what.certification_level));
    out.row(2, "hardware CAs", terminal::joined(what.ca_fingerprints));
    out.row(2, "status from", what.omsp_server);
    out.row(2, "components", std::to_string(what.components.size()));
    show(out, std::span{what.components}, options);
  }

  void operator()(const report::image_description& what) const {
    show_info(out, report::image_description_type, what.info);
    out.row(2, "location", what.location);
    for (const auto& each : what.descriptions) {
      out.row(2, "manifest", each.manifest + ", described as " + each.name);
      out.row(4, "", each.description);
    }
  }

  void operator()(const report::company_description& what) const {
    show_info(out, report::company_description_type, what.info);
  }

  void operator()(const report::omsp_response& what) const {
    show_info(out, report::omsp_response_type, what.info);
    out.row(2, "server", what.server);
    if (what.produced_at)
      out.row(2, "produced at", format_time(*what.produced_at));
    for (const auto& each : what.responses)
      out.row(2, each.manifest_hash, std::string{name(each.status)});
  }

  void operator()(const report::unknown_metadata& what) const {
    show_info(out, "Unknown kind: " + what.type, what.info);
  }
};

} // namespace

void show(sheet& out, const report::metadata_item& what, const inspect_options& options) {
  std::visit(shower{out, options}, what);
}

void show(sheet& out, const codec::signed_message& what, const inspect_options&) {
  out.heading("Signatures");
  for (const auto& each : what.signatures) {
    out.row(2, "signature",
            std::string{name_of(each.algorithm.scheme)} + " with "
              + std::string{name(each.algorithm.hash)});
    for (const auto& certificate : each.certificates)
      out.row(4, "", describe(certificate));
  }
}

} // namespace troth::metatool
