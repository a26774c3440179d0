#include "shared/report/html.hpp"

#include "shared/base/hex.hpp"
#include "shared/codec/utf8.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace troth::report {

namespace {

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Attestation result</title>
)";

constexpr std::string_view style = R"(<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }
h1 span { border-radius: .3em; color: #fff; padding: .1em .5em; }
h2 { border-bottom: 1px solid #ccc; margin-top: 2em; }
table { border-collapse: collapse; margin: .5em 0; width: 100%; }
td, th { border-bottom: 1px solid #e4e4e4; padding: .25em .7em .25em 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { color: #555; font-weight: 600; }
code { font: 13px ui-monospace, monospace; }
.success, .pass { color: #17652b; }
.warn, .not_checked { color: #8a5a00; }
.fail { color: #b3161b; }
h1 .success { background: #17652b; color: #fff; }
h1 .warn { background: #8a5a00; color: #fff; }
h1 .fail { background: #b3161b; color: #fff; }
</style>
</head>
<body>
)";

/// Bytes of what reorders the text around it, in UTF-8: a reader would be shown something else
/// than what is there.
constexpr std::array bidi_controls
  = {std::string_view{"\xd8\x9c"},     std::string_view{"\xe2\x80\x8e"},
     std::string_view{"\xe2\x80\x8f"}, std::string_view{"\xe2\x80\xaa"},
     std::string_view{"\xe2\x80\xab"}, std::string_view{"\xe2\x80\xac"},
     std::string_view{"\xe2\x80\xad"}, std::string_view{"\xe2\x80\xae"},
     std::string_view{"\xe2\x81\xa6"}, std::string_view{"\xe2\x81\xa7"},
     std::string_view{"\xe2\x81\xa8"}, std::string_view{"\xe2\x81\xa9"}};

constexpr std::string_view replacement = "\xef\xbf\xbd";

/// Returns what stands for `c` in text and in attributes; empty: itself.
constexpr std::string_view escape_of(char c) noexcept {
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return (c >= 0 && c < 0x20) || c == 0x7f ? replacement : std::string_view{};
  }
}

std::string escape(std::string_view value) {
  const auto text = codec::is_utf8(value) ? std::string{value} : codec::repair_utf8(value);
  std::string out;
  out.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const auto* const bidi = std::ranges::find_if(bidi_controls, [&](std::string_view control) {
      return rest.starts_with(control);
    });
    if (bidi != bidi_controls.end()) {
      out += replacement;
      rest.remove_prefix(bidi->size());
      continue;
    }
    const auto escaped = escape_of(rest.front());
    out += escaped.empty() ? rest.substr(0, 1) : escaped;
    rest.remove_prefix(1);
  }
  return out;
}

/// A cell of a table: its text, and the class it is shown with.
struct cell {
  std::string text;
  std::string_view shown_as = {}; ///< A literal: a status, `code`, or nothing.
};

/// Writes a page; every text that goes in is escaped.
class page {
public:
  explicit page(status verdict) : out_(head) {
    out_ += "<meta name=\"verdict\" content=\"" + std::string{name(verdict)} + "\">\n";
    out_ += style;
  }

  void heading(std::string_view text) { out_ += "<h2>" + escape(text) + "</h2>\n"; }

  void paragraph(std::string_view text) { out_ += "<p>" + escape(text) + "</p>\n"; }

  void verdict(std::string_view of, status says) {
    out_ += "<h1>" + escape(of) + " <span class=\"" + std::string{name(says)} + "\">"
            + std::string{name(says)} + "</span></h1>\n";
  }

  void begin_details(std::string_view summary) {
    out_ += "<details><summary>" + escape(summary) + "</summary>\n";
  }
  void end_details() { out_ += "</details>\n"; }

  void begin_table(std::initializer_list<std::string_view> columns) {
    out_ += "<table>\n";
    if (columns.size() == 0)
      return;
    out_ += "<tr>";
    for (const auto column : columns)
      out_ += "<th>" + escape(column) + "</th>";
    out_ += "</tr>\n";
  }

  void row(std::initializer_list<cell> cells) {
    out_ += "<tr>";
    for (const auto& each : cells)
      write(each);
    out_ += "</tr>\n";
  }

  /// A row with what it is about in front.
  void fact(std::string_view about, const cell& value) {
    out_ += "<tr><th>" + escape(about) + "</th>";
    write(value);
    out_ += "</tr>\n";
  }

  void end_table() { out_ += "</table>\n"; }

  std::string take() && { return std::move(out_) + "</body>\n</html>\n"; }

private:
  void write(const cell& of) {
    if (of.shown_as == "code")
      out_ += "<td><code>" + escape(of.text) + "</code></td>";
    else if (!of.shown_as.empty())
      out_ += "<td class=\"" + std::string{of.shown_as} + "\">" + escape(of.text) + "</td>";
    else
      out_ += "<td>" + escape(of.text) + "</td>";
  }

  std::string out_;
};

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts)
    out += (out.empty() ? "" : ", ") + text;
  return out;
}

cell status_cell(status says) {
  return {std::string{name(says)}, name(says)};
}

void write_facts(page& out, const attestation_result& of) {
  out.begin_table({});
  out.fact("Prover", {of.prover_name + " (as it calls itself)"});
  out.fact("Verifier", {of.verifier_name});
  out.fact("Created", {format_time(of.created)});
  out.fact("Policy", {of.policy});
  out.fact("Freshness", status_cell(of.freshness.says));
  out.fact("Nonce chosen by", {of.freshness_source});
  out.fact("Certification level", {std::to_string(of.certification_level)});
  if (!of.caller_inputs.empty())
    out.fact("The caller chose", {joined(of.caller_inputs), "warn"});
  out.end_table();
}

void write_findings(page& out, const attestation_result& of, bool passed) {
  out.begin_table({"Rule", "Outcome", "Subject", "Code", "Got", "Expected", "Detail", "Clause"});
  for (const auto& each : of.findings)
    if ((each.says == outcome::pass) == passed)
      out.row({{std::string{each.rule}, "code"},
               {std::string{name(each.says)}, name(each.says)},
               {each.subject},
               {each.code, "code"},
               {each.got, "code"},
               {each.expected, "code"},
               {each.detail},
               {std::string{each.clause}}});
  out.end_table();
}

void write_digests(page& out, std::string_view title, const std::vector<digest_result>& of) {
  if (of.empty())
    return;
  const auto good = std::ranges::count_if(of, &digest_result::success);
  out.begin_details(std::string{title} + ": " + std::to_string(good) + " of "
                    + std::to_string(of.size()) + " as expected");
  out.begin_table({"Index", "Name", "", "Digest", "Description"});
  for (const auto& each : of)
    out.row({{std::to_string(each.index)},
             {each.what != nullptr ? each.what->name : ""},
             {std::string{each.type}, name(each.success ? status::success : status::fail)},
             {each.value ? hex(each.value->view()) : "", "code"},
             {each.what != nullptr ? each.what->description : ""}});
  out.end_table();
  out.end_details();
}

void write_measurement(page& out, const measurement_result& of) {
  out.heading(of.type);
  out.begin_table({});
  out.fact("Verdict", status_cell(of.summary.says));
  out.fact("Freshness", status_cell(of.freshness.says));
  out.fact("Signature", status_cell(of.signature.signature.says));
  out.fact("Certificates", status_cell(of.signature.chain.says));
  if (of.tpm)
    out.fact("Quoted registers", status_cell(of.tpm->quote_match.says));
  out.end_table();
  if (of.tpm)
    write_digests(out, "Registers", of.tpm->pcr_match);
  write_digests(out, "Measured", of.artifacts);
}

void write_item(page& out, const metadata_result& of) {
  const auto& info = of.item ? info_of(*of.item) : meta_info{};
  out.row({{info.name},
           {info.version},
           status_cell(of.summary.says),
           status_cell(of.validity.says),
           {std::to_string(of.signatures.size())},
           {of.hash, "code"}});
}

void write_metadata_table(page& out, const metadata_summary& of) {
  out.heading("Metadata");
  out.begin_table({"Name", "Version", "Verdict", "Validity", "Signatures", "SHA-256"});
  write_item(out, of.image_description);
  for (const auto& each : of.manifests)
    write_item(out, each);
  if (of.company_description)
    write_item(out, *of.company_description);
  for (const auto& each : of.unknown)
    write_item(out, each);
  out.end_table();
}

} // namespace

std::string write_html(const attestation_result& value) {
  page out{value.summary.says};
  out.verdict("Attestation of " + value.prover_name, value.summary.says);
  write_facts(out, value);
  out.heading("What did not pass");
  const auto passed = std::ranges::count(value.findings, outcome::pass, &finding::says);
  if (passed == static_cast<std::ptrdiff_t>(value.findings.size()))
    out.paragraph("Nothing: every rule passed.");
  else
    write_findings(out, value, false);
  for (const auto& each : value.measurements)
    write_measurement(out, each);
  write_metadata_table(out, value.metadata);
  out.heading("What passed");
  out.begin_details(std::to_string(passed) + " rules");
  write_findings(out, value, true);
  out.end_details();
  return std::move(out).take();
}

} // namespace troth::report
