#include "tools/testtool/inspect.hpp"

#include "shared/crypto/certificate_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace troth::testtool {

namespace {

using terminal::sheet;

constexpr std::string_view pem_begin = "-----BEGIN ";
constexpr std::uint8_t der_sequence = 0x30;

void warn(sheet& out) {
  out.line(0, "Read, not verified: anybody can have written this.");
}

result<void> show_pem(sheet& out, byte_view input) {
  const auto read = crypto::certificate::from_pem(to_text(input));
  if (!read)
    return read.error();
  for (const auto& one : *read)
    show(out, one);
  return {};
}

/// A certificate, or a revocation list: both are a SEQUENCE.
result<void> show_der(sheet& out, byte_view input) {
  const auto certificate = crypto::read_certificate_file(input);
  if (certificate) {
    show(out, *certificate);
    return {};
  }
  const auto list = crypto::revocation_list::from_der(input);
  if (!list)
    return certificate.error();
  show(out, *list);
  return {};
}

result<void> show_report(sheet& out, byte_view input) {
  const auto read = evidence::snp::parse_report(input);
  if (!read)
    return read.error();
  show(out, *read);
  return {};
}

result<void> show_table(sheet& out, byte_view input) {
  const auto read = evidence::snp::parse_certificate_table(input);
  if (!read)
    return read.error();
  for (const auto& [kind, der] :
       {std::pair{"VCEK", &read->vcek}, std::pair{"VLEK", &read->vlek},
        std::pair{"ASK or ASVK", &read->ask}, std::pair{"ARK", &read->ark},
        std::pair{"revocation list", &read->crl}}) {
    if (!*der)
      continue;
    out.heading("In the host's table: " + std::string{kind});
    if (const auto shown = show_der(out, **der); !shown)
      out.row(2, "unreadable", to_string(shown.error()));
  }
  if (read->unknown != 0)
    out.row(2, "others", std::to_string(read->unknown));
  return {};
}

bool is_snp_report(byte_view input) {
  // The version, little-endian, in four bytes.
  return input.size() >= 4 && input[0] <= evidence::snp::newest_version && input[1] == 0
         && input[2] == 0 && input[3] == 0 && input.size() >= evidence::snp::signed_size
         && input.size() <= evidence::snp::report_size + 64;
}

bool is_table(byte_view input) {
  const auto read = evidence::snp::parse_certificate_table(input);
  return read && (read->vcek || read->vlek || read->ask || read->ark || read->crl);
}

} // namespace

result<std::string> inspect(byte_view input, const inspect_options& options) {
  sheet out{options.to, options.width};
  warn(out);
  const auto text = to_text(input.first(std::min(input.size(), pem_begin.size())));
  auto shown = text == pem_begin                            ? show_pem(out, input)
               : !input.empty() && input[0] == der_sequence ? show_der(out, input)
               : is_snp_report(input)                       ? show_report(out, input)
               : is_table(input)                            ? show_table(out, input)
                                 : result<void>{error{errc::unsupported, "what this is"}};
  if (!shown)
    return shown.error();
  return std::move(out).take();
}

} // namespace troth::testtool
