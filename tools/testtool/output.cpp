#include "tools/testtool/output.hpp"

#include "shared/codec/cbor_source.hpp"
#include "shared/codec/cose_sign1.hpp"
#include "shared/codec/jwt.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace troth::testtool {

namespace {

using nlohmann::json;

/// What of a result in CBOR the exit code needs.
struct verdict_only {
  struct check {
    std::string status;
  };
  check summary;
};

void describe(auto& fields, codec::of<verdict_only::check> auto& x) {
  fields.required({"status"}, x.status); // has no number
}

void describe(auto& fields, codec::of<verdict_only> auto& x) {
  fields.required({"summary", 2}, x.summary);
}

result<verdict> verdict_in_cbor(byte_view result) {
  const auto read = codec::from_cbor(result, "result", verdict_only{});
  if (!read)
    return read.error();
  return verdict_named(read->summary.status);
}

result<verdict> verdict_in_page(byte_view page) {
  constexpr std::string_view mark = "<meta name=\"verdict\" content=\"";
  const auto text = to_text(page);
  const auto at = text.find(mark);
  if (at == std::string::npos)
    return error{errc::malformed, "result: a page without a verdict"};
  const auto begin = at + mark.size();
  return verdict_named(text.substr(begin, text.find('"', begin) - begin));
}

result<verdict> verdict_in_token(byte_view token, report::encoding as) {
  const auto carried = as == report::encoding::cbor ? codec::parse_cose_sign1(token)
                                                    : codec::parse_jwt(to_text(token));
  if (!carried)
    return carried.error();
  const auto claims = report::parse_ear_claims(carried->payload, as);
  if (!claims)
    return claims.error();
  return verdict_of(*claims);
}

result<verdict> verdict_in(byte_view result, output_format format) {
  switch (format) {
  case output_format::cbor:
    return verdict_in_cbor(result);
  case output_format::html:
    return verdict_in_page(result);
  case output_format::ear_jwt:
    return verdict_in_token(result, report::encoding::json);
  case output_format::ear_cwt:
    return verdict_in_token(result, report::encoding::cbor);
  case output_format::table:
  case output_format::json:
    break;
  }
  return error{errc::internal, "output format"};
}

} // namespace

report::face face_for(output_format format) noexcept {
  switch (format) {
  case output_format::cbor:
    return report::face::cbor;
  case output_format::html:
    return report::face::html;
  case output_format::ear_jwt:
    return report::face::ear_jwt;
  case output_format::ear_cwt:
    return report::face::ear_cwt;
  case output_format::table:
  case output_format::json:
    break;
  }
  return report::face::json;
}

verdict verdict_of(const report::ear_claims& claims) noexcept {
  auto worst = claims.status.value_or(report::trust_tier::affirming);
  auto says_nothing = worst == report::trust_tier::none;
  for (const auto& [label, part] : claims.parts) {
    worst = std::max(worst, part.status);
    says_nothing = says_nothing || part.status == report::trust_tier::none;
  }
  if (says_nothing || worst == report::trust_tier::contraindicated)
    return verdict::fail;
  return worst == report::trust_tier::warning ? verdict::warn : verdict::success;
}

result<printable_result> present(byte_view result, const output_options& options) {
  if (options.format != output_format::table && options.format != output_format::json) {
    const auto says = verdict_in(result, options.format);
    if (!says)
      return says.error();
    const auto* const end = options.format == output_format::ear_jwt ? "\n" : "";
    return printable_result{*says, to_text(result) + end, {}};
  }
  const auto parsed = json::parse(result.begin(), result.end(), nullptr, false);
  if (!parsed.is_object())
    return error{errc::malformed, "result: not a JSON object"};
  const auto view = read_result(parsed);
  printable_result out{view.says, {}, rules_that_failed(view.findings)};
  out.text = options.format == output_format::table ? render_table(parsed, options.table)
                                                    : to_text(result) + "\n";
  return out;
}

terminal::exit_code exit_code_for(verdict says) noexcept {
  switch (says) {
  case verdict::success:
    return terminal::good;
  case verdict::warn:
    return terminal::warnings;
  case verdict::fail:
    break;
  }
  return terminal::attestation_failed;
}

terminal::exit_code exit_code_for_refusal(errc why) noexcept {
  switch (why) {
  case errc::no_challenge:
  case errc::too_large:
    return terminal::attestation_failed;
  case errc::conflict: // the machine changed meanwhile: asking again may help
    return terminal::io;
  default:
    return terminal::exit_code_for(why);
  }
}

} // namespace troth::testtool
