#include "shared/collateral/depot.hpp"

#include "shared/base/hex.hpp"
#include "shared/collateral/origin.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <utility>

namespace troth::collateral {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_file_bytes = 4 * max_item_bytes; // base64, and what is around it
constexpr std::size_t max_known = 65'536;
constexpr std::size_t max_absent = 4'096;
constexpr std::string_view extension = ".json";
constexpr auto silence = 60s;        // after it said: too many requests, and not for how long
constexpr auto longest_silence = 1h; // that it may ask for
constexpr auto recovery = 5s;        // after no answer
constexpr auto absence = 5min;       // before what is not there is asked for again
constexpr auto daily = 24h;
constexpr auto soonest = 1h; // after the last time
constexpr auto margin = 24h * 30;
constexpr auto use = 24h * 7; // what was not used for so long is not renewed
constexpr int ok = 200;
constexpr int bad_request = 400;
constexpr int not_found = 404;
constexpr int gone = 410;
constexpr int too_many_requests = 429;
constexpr int platform_unknown = 461; // a PCCS's, as the next
constexpr int no_certificate = 462;
constexpr std::size_t max_file_name = 200;

/// Whether a vendor may say something else of it before its time is over.
bool may_change(const std::string& name) {
  const auto asked = question_of(name);
  return asked && asked->kind != item_kind::vek && asked->kind != item_kind::pck
         && asked->kind != item_kind::authorities;
}

bool is_due(const item& one, time_point now) {
  if (now < one.fetched + soonest)
    return false;
  const time_point::duration quarter = (one.until - one.from) / 4;
  return now >= one.until - std::min<time_point::duration>(quarter, margin)
         || (may_change(one.name) && now >= one.fetched + daily);
}

errc code_of(int status) {
  switch (status) {
  case bad_request: // AMD's of a TCB that there is not
  case not_found:
  case gone:
  case platform_unknown:
  case no_certificate:
    return errc::no_endorsement;
  case too_many_requests:
    return errc::exhausted;
  default:
    return errc::unavailable;
  }
}

/// The value of Retry-After, if it is a number of seconds.
std::chrono::seconds wanted_silence(const http_answer& answer) {
  const auto at = answer.headers.find("retry-after");
  if (at == answer.headers.end() || at->second.empty() || at->second.size() > 6
      || !std::ranges::all_of(at->second, [](char c) { return c >= '0' && c <= '9'; }))
    return silence;
  return std::min<std::chrono::seconds>(std::chrono::seconds{std::stoul(at->second)},
                                        longest_silence);
}

} // namespace

depot::depot(std::filesystem::path folder, choices chosen, depot_ports ports)
  : folder_(std::move(folder)), choices_(std::move(chosen)), ports_(std::move(ports)) {
  for (const auto which :
       {service::amd, service::intel, service::intel_root_list, service::intel_pck})
    callers_[which];
}

void depot::load() {
  const auto files = files::list(folder_, max_known);
  if (!files)
    return;
  for (const auto& file : *files) {
    if (!file.ends_with(extension))
      continue;
    if (auto one = read_file(folder_ / file); one && folder_ / file == file_of(one->name))
      remember(std::move(one));
  }
}

std::shared_ptr<const item> depot::find(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto at = known_.find(name);
  if (at == known_.end())
    return nullptr;
  at->second.used = ports_.now();
  return at->second.what;
}

result<std::shared_ptr<const item>> depot::get(const std::string& name) {
  if (auto known = find(name); known && known->is_current(ports_.now()))
    return known;
  return fetch(name, false);
}

result<std::shared_ptr<const item>> depot::renew(const std::string& name) {
  return fetch(name, true);
}

result<std::shared_ptr<const item>> depot::fetch(const std::string& name, bool is_renewal) {
  const auto asked = question_of(name, choices_);
  if (!asked)
    return asked.error();
  const auto beside = issuers_of(*asked); // may ask the same service
  auto& by = callers_.at(asked->of);
  const std::lock_guard lock{by.mutex};
  const auto now = ports_.now();
  // Others may have been here before, in this process or another one.
  if (auto kept = read_kept(*asked);
      kept && kept->is_current(now) && !(is_renewal && is_due(*kept, now))) {
    remember(kept);
    return kept;
  }
  if (!beside)
    return beside.error();
  auto fresh = ask_for_item(*asked, beside->get(), by);
  if (ports_.told)
    ports_.told(*asked, fresh ? std::string{} : to_string(fresh.error()));
  if (!fresh)
    return fresh.error();
  return keep(*std::move(fresh));
}

/// Returns an item that has the certificates of who signs what is asked for; null: it has them.
result<std::shared_ptr<const item>> depot::issuers_of(const question& asked) {
  if (!ports_.trust || asked.issued_by.empty())
    return std::shared_ptr<const item>{};
  for (const auto& name : asked.issued_by)
    if (auto known = find(name))
      return known;
  return get(asked.issued_by.front());
}

result<void> depot::check(const item& one, const question& asked, const item* beside) const {
  return ports_.trust ? check_origin(one, asked, beside, *ports_.trust) : result<void>{};
}

/// Asks a service and looks at what it answers.
result<item> depot::ask_for_item(const question& asked, const item* beside, caller& by) {
  auto answer = ask(asked, by);
  if (!answer)
    return answer.error();
  const auto now = ports_.now();
  item fresh{asked.name, std::move(answer->body), {}, answer->place, now, {}, {}};
  if (!asked.issuers_header.empty())
    fresh.issuers = answer->decoded_header(asked.issuers_header);
  const auto refused = [&](errc code, const std::string& why) {
    return error{code, "collateral: answer for " + asked.name + ": " + why};
  };
  if (const auto good = read_validity(fresh, asked); !good)
    return refused(errc::malformed, good.error().where);
  if (now >= fresh.until)
    return refused(errc::malformed, "its time is over");
  if (const auto good = check(fresh, asked, beside); !good)
    return refused(good.error().code, good.error().where);
  return fresh;
}

result<http_answer> depot::ask(const question& asked, caller& by) {
  const auto now = ports_.now();
  const auto service = ports_.services.find(asked.of);
  if (service == ports_.services.end())
    return error{errc::no_endorsement, "collateral: nobody is asked for " + asked.name};
  if (now < by.silent_until)
    return error{errc::exhausted, "collateral: " + std::string{name(asked.of)}
                                    + " is not asked until " + format_time(by.silent_until) + ": "
                                    + by.why_silent};
  if (const auto at = by.absent_until.find(asked.name);
      at != by.absent_until.end() && now < at->second)
    return error{errc::no_endorsement, "collateral: there is no " + asked.name};
  auto answer = service->second(asked.path);
  if (!answer) {
    by.silent_until = now + recovery;
    by.why_silent = answer.error().where;
    return answer;
  }
  if (answer->status == ok)
    return answer;
  const auto code = code_of(answer->status);
  const auto why = "status " + std::to_string(answer->status) + " for " + asked.path;
  if (code == errc::no_endorsement) {
    if (by.absent_until.size() >= max_absent)
      by.absent_until.clear();
    by.absent_until[asked.name] = now + absence;
  } else {
    by.silent_until = now + (code == errc::exhausted ? wanted_silence(*answer) : recovery);
    by.why_silent = why;
  }
  return error{code, "collateral: " + why};
}

std::vector<std::string> depot::due() const {
  const auto now = ports_.now();
  std::vector<std::string> out;
  const std::lock_guard lock{mutex_};
  for (const auto& [name, each] : known_)
    if (now < each.used + use && is_due(*each.what, now))
      out.push_back(name);
  return out;
}

std::vector<std::shared_ptr<const item>> depot::all() const {
  std::vector<std::shared_ptr<const item>> out;
  const std::lock_guard lock{mutex_};
  for (const auto& [name, each] : known_)
    out.push_back(each.what);
  return out;
}

result<std::size_t> depot::take_in(std::vector<item> items) {
  for (const auto& one : items) {
    const auto asked = question_of(one.name, choices_);
    if (!asked)
      return asked.error();
    const auto issues = [&](const item& other) {
      return std::ranges::find(asked->issued_by, other.name) != asked->issued_by.end();
    };
    const auto carried = std::ranges::find_if(items, issues);
    std::shared_ptr<const item> known;
    if (carried == items.end())
      if (const auto held = issuers_of(*asked))
        known = *held;
    const auto* const beside = carried != items.end() ? &*carried : known.get();
    if (const auto good = check(one, *asked, beside); !good)
      return error{good.error().code, "collateral: " + one.name + ": " + good.error().where};
  }
  std::size_t count = 0;
  for (auto& one : items) {
    const auto kept = keep(std::move(one));
    if (!kept && kept.error().code != errc::conflict)
      return kept.error();
    count += kept ? 1 : 0;
  }
  return count;
}

/// Keeps an item unless what is known is newer: nobody brings an old statement back.
result<std::shared_ptr<const item>> depot::keep(item one) {
  const auto asked = question_of(one.name, choices_);
  if (!asked)
    return asked.error();
  const auto kept = read_kept(*asked);
  if (kept && one.from < kept->from)
    return error{errc::conflict, "collateral: " + one.name + ": of " + format_time(one.from)
                                   + ", older than that of " + format_time(kept->from)};
  const auto text = write_items(std::span{&one, 1});
  if (const auto written = files::write(file_of(one.name), to_bytes(text), files::access::everyone);
      !written)
    return written.error();
  auto out = std::make_shared<const item>(std::move(one));
  remember(out);
  return std::shared_ptr<const item>{out};
}

std::shared_ptr<const item> depot::read_kept(const question& asked) const {
  auto one = read_file(file_of(asked.name));
  return one && one->name == asked.name ? one : nullptr;
}

std::shared_ptr<const item> depot::read_file(const std::filesystem::path& file) {
  const auto content = files::read(file, max_file_bytes);
  if (!content)
    return nullptr;
  auto read = read_items(to_text(*content));
  if (!read || read->size() != 1)
    return nullptr;
  return std::make_shared<const item>(std::move(read->front()));
}

void depot::remember(std::shared_ptr<const item> one) {
  const std::lock_guard lock{mutex_};
  if (known_.size() >= max_known)
    known_.clear(); // the folder has them
  auto& at = known_[one->name];
  at.what = std::move(one);
  at.used = ports_.now();
}

std::filesystem::path depot::file_of(const std::string& name) const {
  if (name.size() <= max_file_name)
    return folder_ / (name + std::string{extension});
  const auto sum = crypto::hash(hash_algorithm::sha256, to_bytes(name));
  return folder_
         / (name.substr(0, name.find('.')) + ".long." + hex(sum.view()) + std::string{extension});
}

} // namespace troth::collateral
