#include "tools/metatool/commands.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"
#include "shared/report/encoding.hpp"
#include "shared/report/hardware_policy_fields.hpp"
#include "tools/metatool/convert.hpp"
#include "tools/metatool/difference.hpp"
#include "tools/metatool/registers.hpp"
#include "tools/metatool/remarks.hpp"
#include "tools/terminal/text.hpp"

#include <ostream>

namespace troth::metatool {

namespace {

/// Reads a part of an item that stands in a file of its own, in JSON.
template <class T>
result<T> read_part(const path& file, std::string_view what) {
  const auto content = files::read(file, max_input);
  if (!content)
    return content.error();
  auto part = report::parse_as<T>(what, *content, report::encoding::json);
  if (!part)
    return in_file(part.error(), file);
  return part;
}

/// Reads a policy into where the manifest has it.
template <class T>
result<void> add_policy(boxed<T>& into, const path& file, std::string_view what) {
  if (file.empty())
    return {};
  auto policy = read_part<T>(file, what);
  if (!policy)
    return policy.error();
  into = *std::move(policy);
  return {};
}

result<std::vector<report::component>> read_reference_values(const std::vector<path>& from) {
  std::vector<report::component> out;
  for (const auto& file : from) {
    const auto content = files::read(file, max_input);
    if (!content)
      return content.error();
    const auto parsed = parse_reference_values(*content);
    if (!parsed)
      return in_file(parsed.error(), file);
    out.insert(out.end(), parsed->begin(), parsed->end());
  }
  return out;
}

result<std::vector<std::string>> read_fingerprints(const std::vector<path>& from) {
  std::vector<std::string> out;
  for (const auto& file : from) {
    const auto pem = read_pem(file);
    if (!pem)
      return pem.error();
    const auto parsed = crypto::certificate::from_pem(*pem);
    if (!parsed)
      return in_file(parsed.error(), file);
    for (const auto& each : *parsed)
      out.push_back(hex(each.sha256().view()));
  }
  return out;
}

result<bytes> make(const create_manifest_options& options, time_point now) {
  auto components = read_reference_values(options.reference_values);
  if (!components)
    return components.error();
  const auto fingerprints = read_fingerprints(options.ca_certificates);
  if (!fingerprints)
    return fingerprints.error();
  auto asked = options.manifest;
  asked.ca_fingerprints.insert(asked.ca_fingerprints.end(), fingerprints->begin(),
                               fingerprints->end());
  auto made = make_manifest(asked, *std::move(components), now);
  if (!made)
    return made.error();
  auto manifest = *std::move(made);
  for (const auto& added : {add_policy(manifest.snp, options.snp_policy, "SNP policy"),
                            add_policy(manifest.tdx, options.tdx_policy, "TDX policy"),
                            add_policy(manifest.sgx, options.sgx_policy, "SGX policy")})
    if (!added)
      return added.error();
  if (!options.details.empty()) {
    auto details = read_part<codec::free_object>(options.details, "details");
    if (!details)
      return details.error();
    manifest.details = *std::move(details);
  }
  return report::write_metadata(manifest, options.encoding);
}

result<bytes> make(const create_company_options& options, time_point now) {
  auto info = make_info(options.info, now);
  if (!info)
    return info.error();
  return report::write_metadata(report::company_description{*std::move(info)}, options.encoding);
}

result<bytes> make(const create_image_options& options, time_point now) {
  std::vector<report::manifest_description> descriptions;
  for (const auto& file : options.manifest_descriptions) {
    const auto content = files::read(file, max_input);
    if (!content)
      return content.error();
    auto parsed = parse_manifest_description(*content);
    if (!parsed)
      return in_file(parsed.error(), file);
    descriptions.push_back(*std::move(parsed));
  }
  auto made = make_image_description(options.image, std::move(descriptions), now);
  if (!made)
    return made.error();
  return report::write_metadata(*std::move(made), options.encoding);
}

result<raw_logs> read_logs(const path& event_log, const path& ima_list) {
  raw_logs out;
  for (const auto& [file, into] : {std::pair{event_log, &out.boot}, {ima_list, &out.ima}}) {
    if (file.empty())
      continue;
    auto content = files::read(file, max_input);
    if (!content)
      return content.error();
    *into = *std::move(content);
  }
  return out;
}

result<bytes> make(const precompute_options& options) {
  const auto logs = read_logs(options.event_log, options.ima_list);
  if (!logs)
    return logs.error();
  const auto expected = precompute(*logs, options.logs);
  if (!expected)
    return expected.error();
  if (options.format == precompute_format::reference_values)
    return write_reference_values(summaries(*expected));
  return write_registers(*expected, options.format);
}

result<bytes> make(const convert_options& options) {
  const auto payload = files::read(options.in, max_input);
  if (!payload)
    return payload.error();
  auto converted = convert(*payload, options.to);
  if (!converted)
    return in_file(converted.error(), options.in);
  return converted;
}

/// Adds the status of signed manifests.
result<void> add_status(std::vector<known_status>& to, const std::vector<path>& manifests,
                        report::manifest_status status, const std::string& reason) {
  for (const auto& file : manifests) {
    const auto content = files::read(file, max_input);
    if (!content)
      return content.error();
    if (const auto message = report::parse_signed(*content); !message)
      return in_file(message.error(), file);
    to.push_back({hex(crypto::hash(hash_algorithm::sha256, *content).view()), status, reason});
  }
  return {};
}

result<bytes> make(const create_status_options& options, time_point now) {
  using enum report::manifest_status;
  std::vector<known_status> known;
  for (const auto& added : {add_status(known, options.good, good, ""),
                            add_status(known, options.outdated, outdated, ""),
                            add_status(known, options.revoked, revoked, options.reason)})
    if (!added)
      return added.error();
  if (known.empty())
    return error{errc::missing, "a manifest"};
  return report::write_metadata(make_status(options.server, known, now,
                                            std::chrono::hours{24 * options.days}),
                                options.encoding);
}

result<bytes> make(const create_manifest_description_options& options) {
  auto description = options.description;
  if (!options.oci_rules.empty()) {
    auto rules = read_part<codec::free_object>(options.oci_rules, "OCI rules");
    if (!rules)
      return rules.error();
    description.oci_rules = *std::move(rules);
  }
  return write_manifest_description(description);
}

} // namespace

terminal::exit_code create(const create_manifest_options& options, const ports& world) {
  return write(make(options, world.now), options.out, world);
}

terminal::exit_code create(const create_image_options& options, const ports& world) {
  return write(make(options, world.now), options.out, world);
}

terminal::exit_code create(const create_company_options& options, const ports& world) {
  return write(make(options, world.now), options.out, world);
}

terminal::exit_code create(const create_manifest_description_options& options, const ports& world) {
  return write(make(options), options.out, world);
}

terminal::exit_code create(const create_status_options& options, const ports& world) {
  return write(make(options, world.now), options.out, world);
}

terminal::exit_code run(const from_files_options& options, const ports& world) {
  const auto made = file_references(options.folder, options.tree, [&](const progress& so_far) {
    show_progress(world, {so_far.files, so_far.all_files, so_far.bytes});
  });
  end_progress(world);
  if (!made)
    return give_up(world, made.error());
  return write(write_reference_values(*made), options.out, world);
}

terminal::exit_code run(const verify_file_options& options, const ports& world) {
  auto how = options.how;
  how.at = options.at.empty() ? world.now : *parse_time(options.at);
  auto roots = read_roots(options.roots);
  if (!roots)
    return give_up(world, roots.error());
  how.roots = *std::move(roots);
  const auto content = files::read(options.in, max_input);
  if (!content)
    return give_up(world, content.error());
  const auto done = verify(*content, how);
  world.out << done.text;
  return done.says == report::status::fail ? terminal::attestation_failed : terminal::good;
}

terminal::exit_code run(const difference_options& options, const ports& world) {
  const auto before = files::read(options.before, max_input);
  if (!before)
    return give_up(world, before.error());
  const auto after = files::read(options.after, max_input);
  if (!after)
    return give_up(world, after.error());
  const auto lines = difference(*before, *after);
  if (!lines)
    return give_up(world, lines.error());
  for (const auto& line : *lines)
    world.out << terminal::printable(line, terminal::charset::ascii) << '\n';
  return lines->empty() ? terminal::good : terminal::attestation_failed;
}

terminal::exit_code run(const from_logs_options& options, const ports& world) {
  const auto logs = read_logs(options.event_log, options.ima_list);
  if (!logs)
    return give_up(world, logs.error());
  const auto made = make_reference_values(*logs, options.logs);
  if (!made)
    return give_up(world, made.error());
  if (made->violations != 0)
    remark(world, "warning: IMA entries left out, violations: " + std::to_string(made->violations));
  return write(write_reference_values(made->components), options.out, world);
}

terminal::exit_code run(const precompute_options& options, const ports& world) {
  return write_or_print(make(options), options.out, world);
}

terminal::exit_code run(const convert_options& options, const ports& world) {
  return write(make(options), options.out, world);
}

terminal::exit_code run(const inspect_file_options& options, const ports& world) {
  const auto content = files::read(options.in, max_input);
  if (!content)
    return give_up(world, content.error());
  const auto shown = inspect(*content, options.how);
  if (!shown)
    return give_up(world, in_file(shown.error(), options.in));
  world.out << *shown;
  return terminal::good;
}

} // namespace troth::metatool
