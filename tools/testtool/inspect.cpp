#include "tools/testtool/inspect.hpp"

#include "shared/crypto/certificate_file.hpp"
#include "shared/crypto/pem_block.hpp"

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

/// @returns whether these are revocation lists.
bool show_pem_lists(sheet& out, byte_view input) {
  const auto blocks = crypto::read_pem(to_text(input), "X509 CRL");
  if (!blocks)
    return false;
  for (const auto& der : *blocks) {
    const auto list = crypto::revocation_list::from_der(der);
    if (!list)
      return false;
    show(out, *list);
  }
  return true;
}

result<void> show_pem(sheet& out, byte_view input) {
  const auto read = crypto::certificate::from_pem(to_text(input));
  if (!read)
    return show_pem_lists(out, input) ? result<void>{} : read.error();
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

/// Versions 3 to 5, little-endian, and ECDSA with P-256.
bool is_quote(byte_view input) {
  return input.size() >= 8 && input[0] >= 3 && input[0] <= 5 && input[1] == 0
         && input[2] == evidence::sgx::ecdsa_p256 && input[3] == 0;
}

result<void> show_quote(sheet& out, byte_view input) {
  if (input[4] == evidence::sgx::tee_tdx) {
    const auto read = evidence::tdx::parse_quote(input);
    if (!read)
      return read.error();
    show(out, *read);
    return {};
  }
  const auto read = evidence::sgx::parse_quote(input);
  if (!read)
    return read.error();
  show(out, *read);
  return {};
}

bool is_json(byte_view input) {
  const auto at = std::ranges::find_if(input, [](auto c) {
    return c != ' ' && c != '\t' && c != '\r' && c != '\n';
  });
  return at != input.end() && *at == '{';
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
               : is_json(input)                             ? show_statement(out, to_text(input))
               : to_text(input.first(std::min<std::size_t>(input.size(), 4))) == "HCLA"
                 ? show_hcl_report(out, input)
               : is_quote(input)      ? show_quote(out, input)
               : is_event_log(input)  ? show_event_log(out, input)
               : is_snp_report(input) ? show_report(out, input)
               : is_table(input)      ? show_table(out, input)
                                      : result<void>{error{errc::unsupported, "what this is"}};
  if (!shown)
    return shown.error();
  return std::move(out).take();
}

} // namespace troth::testtool
