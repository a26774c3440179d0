#include "tools/testtool/commands.hpp"

#include "shared/base/hex.hpp"
#include "shared/files/files.hpp"
#include "shared/report/cmw.hpp"
#include "shared/report/envelope.hpp"
#include "tools/terminal/text.hpp"
#include "tools/testtool/inspect.hpp"

#include <optional>
#include <ostream>
#include <unistd.h>

namespace troth::testtool {

namespace {

// More than any door lets through: what is larger is no report, and is not held in memory.
constexpr std::size_t max_report = std::size_t{256} * 1024 * 1024;
constexpr std::size_t max_nonce = 4096; // of a file: policies allow less
constexpr std::size_t max_inspected = std::size_t{4} * 1024 * 1024;

terminal::exit_code give_up(const ports& world, const error& why) {
  complain(world, why);
  return terminal::exit_code_for(why.code);
}

terminal::exit_code refused(const ports& world, const error& why) {
  complain(world, why);
  return exit_code_for_refusal(why.code);
}

/// Whether the envelope of a report that is judged here does not hold. Nothing in it is judged
/// then.
std::optional<error> fault_of_envelope(byte_view report, const verify_options& options,
                                       const ports& world) {
  if (!options.appraisal.in_process)
    return std::nullopt;
  const auto inner = report::unwrap_report(report, options.appraisal.time.value_or(world.now()));
  return inner ? std::nullopt : std::optional{inner.error()};
}

/// Whether a gateway refused the report, and not how or by whom it was asked.
bool is_of_report(errc why) {
  return why == errc::conflict || why == errc::bad_signature;
}

result<client::challenge> nonce_for(const generate_options& options,
                                    const client::gateway& gateway) {
  if (options.nonce)
    return client::challenge{{}, *options.nonce, {}};
  if (!gateway.request_challenge)
    return error{errc::missing, "--nonce: this API has no challenges"};
  return gateway.request_challenge();
}

} // namespace

void complain(const ports& world, const error& why) {
  world.err << "troth-testtool: " << terminal::printable(to_string(why), terminal::charset::ascii)
            << '\n';
}

terminal::exit_code published(publisher& through, terminal::exit_code judged) {
  const auto passed = judged == terminal::good || judged == terminal::warnings;
  return !through.finish() && passed ? terminal::io : judged;
}

terminal::exit_code generate(const generate_options& options, const ports& world) {
  const auto gateway = world.connect(options.gateway);
  if (!gateway)
    return give_up(world, gateway.error());
  const auto asked = nonce_for(options, *gateway);
  if (!asked)
    return refused(world, asked.error());
  const auto report = gateway->request_report({asked->nonce, options.encoding});
  if (!report)
    return refused(world, report.error());
  if (!options.nonce_out.empty())
    if (const auto written = files::write(options.nonce_out, asked->nonce, files::access::everyone);
        !written)
      return give_up(world, written.error());
  const auto& type = options.encoding == report::encoding::json ? report::report_json_media_type
                                                                : report::report_cbor_media_type;
  const auto whole
    = options.is_wrapped
        ? report::write_cmw({{}, std::string{type}, *report, report::cmw_indicator::evidence},
                            options.encoding)
        : *report;
  if (const auto written = files::write(options.out, whole, files::access::everyone); !written)
    return give_up(world, written.error());
  if (!asked->id.empty())
    world.out << "challenge " << terminal::printable(asked->id, terminal::charset::ascii)
              << "\nnonce " << hex(asked->nonce) << '\n';
  return terminal::good;
}

terminal::exit_code inspect_file(const std::filesystem::path& file, const ports& world) {
  const auto content = files::read(file, max_inspected);
  if (!content)
    return give_up(world, content.error());
  const auto is_terminal = isatty(STDOUT_FILENO) != 0;
  const auto shown = inspect(*content,
                             {is_terminal ? terminal::screen::terminal : terminal::screen::plain});
  if (!shown)
    return give_up(world, shown.error());
  world.out << *shown;
  return terminal::good;
}

terminal::exit_code verify(const verify_options& options, const ports& world) {
  const auto appraise = client::open_appraiser(
    options.appraisal, [&] { return world.connect(options.gateway); }, world.now);
  if (!appraise)
    return give_up(world, appraise.error());
  const auto publish = publisher::open(options.publishing, face_for(options.output.format), world);
  if (!publish)
    return give_up(world, publish.error());
  auto nonce = options.nonce;
  if (!options.nonce_file.empty()) {
    auto content = files::read(options.nonce_file, max_nonce);
    if (!content)
      return give_up(world, content.error());
    nonce = *std::move(content);
  }
  const auto report = files::read(options.report, max_report);
  if (!report)
    return refused(world, report.error());
  if (const auto fault = fault_of_envelope(*report, options, world)) {
    complain(world, *fault);
    return terminal::attestation_failed;
  }
  const auto result = (*appraise)({*report, nonce, options.challenge_id},
                                  face_for(options.output.format));
  if (!result) {
    const auto exit = refused(world, result.error());
    return is_of_report(result.error().code) ? terminal::attestation_failed : exit;
  }
  const auto shown = present(*result, options.output);
  if (!shown)
    return give_up(world, {errc::io, to_string(shown.error())});
  world.out << shown->text;
  (*publish)->submit(*result);
  return published(**publish, exit_code_for(shown->says));
}

} // namespace troth::testtool
