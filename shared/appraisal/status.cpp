#include "shared/appraisal/status.hpp"

#include <algorithm>
#include <chrono>

namespace troth::appraisal {

namespace {

using report::manifest_status;
using report::status_entry;

/// An entry with the response it stands in.
struct answer {
  const report::omsp_response* response = nullptr;
  const status_entry* entry = nullptr;
};

class status_appraisal {
public:
  status_appraisal(report::metadata_summary& summary, time_point now, ledger& book)
    : summary_(summary), now_(now), book_(book) {
    // nop
  }

  void run() {
    for (auto& found : summary_.manifests) {
      const auto& manifest = std::get<report::manifest>(*found.item);
      if (!manifest.omsp_server.empty())
        judge(found, manifest);
      else if (book_.rules().require_status)
        note(found, found.status.emplace(book_.check(
                      rules::metadata_status, manifest.info.name, false,
                      {"no status server", "a status server in each manifest", "no_status"})));
    }
  }

private:
  /// Returns the newest entry for this manifest in the responses of its server.
  answer find(const std::string& server, const std::string& hash) const {
    answer newest;
    for (const auto& found : summary_.statuses) {
      const auto& response = std::get<report::omsp_response>(*found.item);
      if (response.server != server)
        continue;
      for (const auto& entry : response.responses)
        if (entry.manifest_hash == hash
            && (newest.entry == nullptr || newest.entry->this_update < entry.this_update))
          newest = {&response, &entry};
    }
    return newest;
  }

  void judge(report::metadata_result& found, const report::manifest& manifest) {
    const auto& who = manifest.info.name;
    const auto [response, entry] = find(manifest.omsp_server, found.hash);
    if (entry == nullptr) {
      note(found, found.status.emplace(book_.check(
                    rules::metadata_status, who, false,
                    {"no answer", "a status by " + manifest.omsp_server, "no_status"})));
      return;
    }
    note(found, found.status_validity.emplace(check_time(who, *response, *entry)));
    note(found, found.status.emplace(check_status(who, *entry)));
    if (entry->status == manifest_status::revoked) {
      found.revocation_reason = entry->revocation_reason;
      if (entry->revocation_time)
        found.revocation_time = format_time(*entry->revocation_time);
    }
  }

  report::check_result check_time(const std::string& who, const report::omsp_response& response,
                                  const status_entry& entry) {
    const auto until
      = entry.next_update.value_or(entry.this_update + book_.rules().maximum_status_age);
    if (!response.produced_at)
      return book_.check(rules::metadata_status_time, who, false,
                         {"no time of production", "a time of production", "missing"});
    const auto made = *response.produced_at;
    const auto early = now_ < entry.this_update || now_ < made;
    return book_.check(
      early ? rules::metadata_status_early : rules::metadata_status_time, who,
      !early && now_ <= until,
      {format_time(now_),
       format_time(std::max(entry.this_update, made)) + " to " + format_time(until), "expired"});
  }

  report::check_result check_status(const std::string& who, const status_entry& entry) {
    comparison compared{std::string{name(entry.status)}, "good", {}, entry.revocation_reason};
    switch (entry.status) {
    case manifest_status::good:
      return book_.check(rules::metadata_status, who, true, std::move(compared));
    case manifest_status::outdated:
      compared.code = "outdated";
      return book_.warn(rules::metadata_outdated, who, std::move(compared));
    case manifest_status::revoked:
      compared.code = "revoked";
      return book_.check(rules::metadata_revoked, who, false, std::move(compared));
    case manifest_status::unknown:
      break;
    }
    compared.code = "unknown_status";
    return book_.check(rules::metadata_status, who, false, std::move(compared));
  }

  /// Lets a manifest's own verdict follow.
  static void note(report::metadata_result& found, const report::check_result& said) {
    found.summary.says = std::min(found.summary.says, said.says);
    for (const auto code : said.error_codes)
      found.summary.error_codes.push_back(code);
  }

  report::metadata_summary& summary_;
  time_point now_;
  ledger& book_;
};

} // namespace

void appraise_status(report::metadata_summary& summary, time_point now, ledger& book) {
  status_appraisal{summary, now, book}.run();
}

} // namespace troth::appraisal
