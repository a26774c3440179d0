#include "tools/testtool/table.hpp"

#include "tools/testtool/result_view.hpp"

#include <algorithm>
#include <utility>

namespace troth::testtool {

namespace {

using terminal::mark;
using terminal::tone;
using kind = measured_view::kind;

constexpr std::size_t max_listed = 20; // of one register, unless everything is asked for

mark mark_for(std::string_view status) {
  if (status == "success" || status == "pass")
    return {"ok", tone::good};
  if (status == "warn")
    return {"WARN", tone::caution};
  if (status == "not_checked")
    return {"not checked", tone::caution};
  return {"FAIL", tone::bad}; // an empty status too
}

/// What a check tells besides its status.
std::string reason(const check_view& check) {
  std::vector<std::string> parts;
  if (!check.details.empty())
    parts.push_back(check.details);
  if (!check.got.empty())
    parts.push_back("got " + check.got);
  if (!check.expected.empty())
    parts.push_back("expected " + check.expected);
  for (const auto code : check.error_codes)
    parts.push_back("error " + std::to_string(code));
  return terminal::joined(parts);
}

std::string reason_unless_good(const check_view& check) {
  return check.status == "success" ? std::string{} : reason(check);
}

std::string text_of(const check_view& check, std::string_view remark) {
  if (check.status.empty())
    return {};
  auto out = std::string{mark_for(check.status).word};
  if (!remark.empty())
    out += ", " + std::string{remark};
  if (const auto why = reason_unless_good(check); !why.empty())
    out += ": " + why;
  return out;
}

std::string with_prefix(std::string_view prefix, const std::string& text) {
  return text.empty() ? std::string{} : std::string{prefix} + text;
}

std::string_view verb(kind is) {
  switch (is) {
  case kind::matched:
    return "matched";
  case kind::unknown:
    return "unknown";
  case kind::not_measured:
    break;
  }
  return "missing";
}

/// `PCR 10  200 of 201 events matched, 1 unknown`.
std::string summary_of(const register_view& from, bool is_pcr) {
  const auto number = std::to_string(from.index);
  const auto blanks = std::string(number.size() < 2 ? 2 : 1, ' ');
  auto out = is_pcr ? "PCR" + blanks + number + "  " : std::string{};
  const auto matched = from.count(kind::matched);
  const auto unknown = from.count(kind::unknown);
  if (from.measured.empty())
    return out + "nothing measured";
  out += std::to_string(matched) + " of " + std::to_string(matched + unknown) + " matched";
  if (unknown != 0)
    out += ", " + std::to_string(unknown) + " unknown";
  if (const auto missing = from.count(kind::not_measured); missing != 0)
    out += ", " + std::to_string(missing) + " missing";
  return out;
}

bool is_good(const register_view& from) {
  return from.is_as_expected && from.count(kind::matched) == from.measured.size();
}

/// The order in which rules are listed: what decides first.
std::size_t rank(const finding_view& from) {
  constexpr std::string_view order[] = {"warn", "pass", "not_checked"};
  const auto* const found = std::ranges::find(order, from.outcome);
  return found == std::end(order) ? 0 : static_cast<std::size_t>(found - std::begin(order)) + 1;
}

class table {
public:
  table(const result_view& result, const table_options& options)
    : result_(result), wants_everything_(options.details == amount::everything),
      out_(options.to, options.width) {
    // nop
  }

  std::string draw() && {
    draw_head();
    for (const auto& each : result_.measurements)
      draw_measurement(each);
    draw_metadata();
    draw_findings();
    return std::move(out_).take();
  }

private:
  void draw_head() {
    const mark verdict = result_.says == verdict::success ? mark{"SUCCESS", tone::good}
                                                          : mark_for(name(result_.says));
    out_.heading(verdict, "attestation of "
                            + (result_.prover.empty() ? "an unnamed machine" : result_.prover));
    out_.row(2, "because", because());
    out_.row(2, "policy", result_.policy);
    out_.row(2, "nonce",
             text_of(result_.freshness,
                     result_.freshness_source == "caller" ? "the caller answers for its freshness"
                     : result_.freshness_source == "challenge" ? "of a challenge, now used up"
                                                               : ""));
    out_.row(2, "cert. level", std::to_string(result_.certification_level));
    out_.row(2, "appraised", result_.created);
    out_.row(2, "by", result_.verifier);
    out_.row(2, "caller chose", terminal::joined(result_.caller_inputs));
  }

  /// Why it did not succeed: numbers alone tell nobody anything.
  std::string because() const {
    auto check = result_.summary;
    if (check.details.empty())
      check.details = terminal::joined(rules_that_failed(result_.findings));
    return reason_unless_good(check);
  }

  void draw_signature(std::size_t indent, const signature_view& from) {
    out_.row(indent, "signature", text_of(from.signature, with_prefix("by ", from.signer)));
    out_.row(indent, "certificate", text_of(from.chain, with_prefix("issued by ", from.issuer)));
  }

  void draw_measurement(const measurement_view& from) {
    out_.heading(mark_for(from.summary.status), from.type);
    out_.row(2, "because", reason_unless_good(from.summary));
    out_.row(2, "context", text_of(from.freshness, ""));
    draw_signature(2, from.signature);
    out_.row(2, "quoted PCRs", text_of(from.quoted_registers, ""));
    for (const auto& each : from.registers)
      draw_register(each, from.type == "TPM Result");
  }

  void draw_register(const register_view& from, bool is_pcr) {
    out_.marked_row(2, mark_for(is_good(from) ? "success" : "fail"), summary_of(from, is_pcr));
    if (wants_everything_)
      out_.row(4, "value", from.value);
    std::size_t left_out = 0;
    std::size_t listed = 0;
    for (const auto& each : from.measured) {
      if (!wants_everything_ && each.is == kind::matched)
        continue;
      if (!wants_everything_ && listed == max_listed)
        ++left_out;
      else
        draw_measured(each);
      listed += listed < max_listed ? 1 : 0;
    }
    if (left_out != 0)
      out_.row(4, "...", "and " + std::to_string(left_out) + " more; --verbose lists all");
  }

  void draw_measured(const measured_view& each) {
    out_.row(4, verb(each.is), each.name.empty() ? "(no name)" : each.name);
    if (each.description != each.name)
      out_.row(4, "", each.description);
    out_.row(4, "", each.algorithm + " " + each.digest);
  }

  void draw_metadata() {
    out_.heading("Metadata");
    for (const auto& each : result_.metadata)
      draw_item(each);
    for (const auto& each : result_.compatibility)
      if (!each.status.empty())
        out_.marked_row(2, mark_for(each.status), with_prefix("layers: ", reason(each)));
  }

  void draw_item(const metadata_view& from) {
    auto text = from.kind + with_prefix(" ", from.name) + with_prefix(", ", from.version);
    for (const auto& signature : from.signatures)
      text += with_prefix(", signed by ", signature.signer);
    const auto mark = mark_for(from.summary.status);
    out_.marked_row(2, mark, text);
    if (mark.in == tone::good && !wants_everything_)
      return;
    out_.row(4, "because", reason_unless_good(from.summary));
    out_.row(4, "validity", text_of(from.validity, ""));
    for (const auto& signature : from.signatures)
      draw_signature(4, signature);
  }

  void draw_findings() {
    auto sorted = result_.findings;
    std::ranges::stable_sort(sorted, {}, rank);
    std::vector<std::string> not_checked;
    bool has_title = false;
    for (const auto& each : sorted) {
      if (!wants_everything_ && each.outcome == "pass")
        continue;
      if (!wants_everything_ && each.outcome == "not_checked") {
        if (std::ranges::find(not_checked, each.rule) == not_checked.end())
          not_checked.push_back(each.rule);
        continue;
      }
      if (!std::exchange(has_title, true))
        out_.heading(wants_everything_ ? "Rules" : "Rules that did not pass");
      draw_finding(each);
    }
    if (!not_checked.empty()) {
      out_.heading("Rules that were not checked");
      out_.line(2, terminal::joined(not_checked));
    }
  }

  void draw_finding(const finding_view& from) {
    out_.marked_row(2, mark_for(from.outcome), from.rule + with_prefix(", ", from.subject));
    if (from.outcome == "pass")
      return;
    out_.row(4, "about", from.detail);
    out_.row(4, "got", from.got);
    out_.row(4, "expected", from.expected);
    out_.row(4, "code", from.code);
    out_.row(4, "rule is in", from.clause);
  }

  const result_view& result_;
  bool wants_everything_;
  terminal::sheet out_;
};

} // namespace

std::string render_table(const nlohmann::json& result, const table_options& options) {
  const auto view = read_result(result);
  return table{view, options}.draw();
}

} // namespace troth::testtool
