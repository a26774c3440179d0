#include "tools/testtool/output.hpp"

#include "shared/codec/cbor_source.hpp"

#include <nlohmann/json.hpp>

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
  fields.required({"status", 0}, x.status);
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

} // namespace

result<printable_result> present(byte_view result, const output_options& options) {
  if (options.format == output_format::cbor) {
    const auto says = verdict_in_cbor(result);
    if (!says)
      return says.error();
    return printable_result{*says, to_text(result), {}};
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
