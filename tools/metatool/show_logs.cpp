#include "shared/base/hex.hpp"
#include "shared/evidence/eventlog/description.hpp"
#include "tools/metatool/inspect.hpp"

#include <map>

namespace troth::metatool {

namespace {

using evidence::eventlog::event;
using evidence::eventlog::event_log;
using terminal::sheet;

std::string bank_names(const event_log& log) {
  std::string out;
  for (const auto& each : log.events)
    if (each.is_measured()) {
      for (const auto& value : each.digests)
        out += (out.empty() ? "" : ", ") + std::string{name(value.algorithm())};
      break;
    }
  return out;
}

void show_event(sheet& out, const event& what) {
  const auto text = evidence::eventlog::describe(what.type, what.data);
  out.row(2, "PCR " + std::to_string(what.register_index),
          name(what.type) + (text.empty() ? "" : "  " + text));
  if (what.is_measured())
    for (const auto& value : what.digests)
      out.row(4, "", std::string{name(value.algorithm())} + " " + hex(value.view()));
}

void show_counts(sheet& out, const std::map<std::uint64_t, std::size_t>& by_pcr,
                 std::string_view noun) {
  for (const auto& [pcr, count] : by_pcr)
    out.row(2, "PCR " + std::to_string(pcr),
            std::to_string(count) + " " + std::string{noun} + (count == 1 ? "" : "s"));
}

std::string signature_remark(const evidence::ima::entry& what) {
  return what.fields.signature.empty() ? "" : ", with a signature";
}

void show_entry(sheet& out, const evidence::ima::entry& what) {
  out.row(2, "PCR " + std::to_string(what.pcr), to_text(what.fields.path));
  if (what.is_violation())
    out.row(4, "", "VIOLATION: written to while it was measured");
  else
    out.row(4, "",
            to_text(what.fields.file_digest.algorithm_name) + " "
              + hex(what.fields.file_digest.value) + signature_remark(what));
}

} // namespace

void show(sheet& out, const event_log& what, const inspect_options& options) {
  out.heading("Boot log");
  out.row(2, "format", what.is_crypto_agile ? "crypto-agile" : "SHA-1");
  out.row(2, "banks", bank_names(what));
  if (what.startup_locality)
    out.row(2, "locality", std::to_string(*what.startup_locality));
  std::map<std::uint64_t, std::size_t> by_pcr;
  for (const auto& each : what.events) {
    if (options.with_events)
      show_event(out, each);
    else if (each.is_measured())
      ++by_pcr[each.register_index];
  }
  show_counts(out, by_pcr, "event");
}

void show(sheet& out, std::span<const evidence::ima::entry> what, const inspect_options& options) {
  out.heading("IMA list");
  std::map<std::string, std::size_t> templates;
  std::map<std::uint64_t, std::size_t> by_pcr;
  std::size_t violations = 0;
  for (const auto& each : what) {
    ++templates[to_text(each.template_name)];
    ++by_pcr[each.pcr];
    violations += each.is_violation() ? 1 : 0;
  }
  for (const auto& [name, count] : templates)
    out.row(2, "template", name + ", " + std::to_string(count));
  out.row(2, "violations", std::to_string(violations));
  if (!options.with_events) {
    show_counts(out, by_pcr, "file");
    return;
  }
  for (const auto& each : what)
    show_entry(out, each);
}

void show(sheet& out, std::span<const report::component> what, const inspect_options& options) {
  std::map<std::string, std::size_t> by_register;
  for (const auto& each : what) {
    const auto find = [&](std::string_view wanted) {
      for (const auto& property : each.properties)
        if (property.name == wanted)
          return property.value;
      return std::string{};
    };
    const auto anchor = find(report::property_trust_anchor);
    const auto place = (anchor.empty() ? "no trust anchor" : anchor) + " "
                       + find(report::property_index);
    ++by_register[place];
    if (!options.with_events)
      continue;
    out.row(4, place, each.name + (each.optional ? " (optional)" : ""));
    if (each.description != each.name)
      out.row(6, "", each.description);
    for (const auto& value : each.hashes)
      out.row(6, "", std::string{name(value.algorithm())} + " " + hex(value.view()));
  }
  if (!options.with_events)
    for (const auto& [place, count] : by_register)
      out.row(4, place, std::to_string(count));
}

} // namespace troth::metatool
