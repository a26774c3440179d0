#include "actors/status_refresh.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/report/omsp.hpp"

#include <algorithm>
#include <utility>

namespace troth::actors {

namespace {

constexpr std::chrono::hours age_without_end{
  24}; // of an answer that does not say how long it holds

time_point due_time(const report::status_entry& entry) {
  if (!entry.next_update)
    return entry.this_update + age_without_end;
  return entry.this_update + (*entry.next_update - entry.this_update) / 2;
}

} // namespace

void status_refresh::run(const attesting::metadata_set& manifests, std::function<void()> done) {
  done_ = std::move(done);
  due_ = questions_about(manifests);
  std::erase_if(due_, [this](const question& each) { return !is_due(each); });
  ask_next();
}

std::vector<status_refresh::question>
status_refresh::questions_about(const attesting::metadata_set& manifests) {
  std::map<std::string, question> by_server;
  std::map<std::string, std::size_t> in_cbor;
  for (const auto& [digest, item] : manifests) {
    const auto& server = item.status_server;
    if (server.empty())
      continue;
    if (!world_.servers.contains(server)) {
      say(server, item.name + " names it, and the configuration does not");
      continue;
    }
    auto& about = by_server[server];
    about.server = server;
    about.hashes.push_back(digest);
    in_cbor[server] += item.encoded_as == report::encoding::cbor ? 1 : 0;
    about.encoded_as = 2 * in_cbor[server] > about.hashes.size() ? report::encoding::cbor
                                                                 : report::encoding::json;
  }
  std::set<std::string> servers;
  std::vector<question> out;
  for (auto& [server, about] : by_server) {
    servers.insert(server);
    out.push_back(std::move(about));
  }
  drop_unwanted(servers);
  return out;
}

const attesting::signed_item* status_refresh::answer_of(const std::string& server) const {
  const attesting::signed_item* newest = nullptr;
  for (const auto& [digest, item] : kept_->items())
    if (item.name == server && (newest == nullptr || newest->version < item.version))
      newest = &item;
  return newest;
}

bool status_refresh::is_due(const question& about) const {
  const auto* const answer = answer_of(about.server);
  if (answer == nullptr)
    return true;
  const auto now = world_.now();
  return std::ranges::any_of(about.hashes, [&](const std::string& hash) {
    const auto entry = std::ranges::find(answer->statuses, hash,
                                         &report::status_entry::manifest_hash);
    return entry == answer->statuses.end() || now >= due_time(*entry);
  });
}

void status_refresh::ask_next() {
  if (due_.empty())
    return std::exchange(done_, nullptr)();
  const auto asked = std::move(due_.back());
  due_.pop_back();
  report::status_request request;
  request.manifest_hashes = asked.hashes;
  request.encoded_as = asked.encoded_as;
  world_.ask(asked.server, report::write_status_request(request),
             [this, asked](result<bytes> answer) {
               const auto accepted = answer ? accept(asked, *std::move(answer))
                                            : result<void>{answer.error()};
               say(asked.server, accepted ? std::string{} : to_string(accepted.error()));
               ask_next();
             });
}

/// Keeps an answer that can be of use. Whether it is signed by whom it must be, verifiers see.
result<void> status_refresh::accept(const question& asked, bytes answer) {
  const auto item = attesting::read_signed_item(answer);
  if (!item)
    return item.error();
  if (item->kind != report::omsp_response_type || item->name != asked.server)
    return error{errc::conflict, "the answer is a " + item->kind + " of " + item->name};
  for (const auto& hash : asked.hashes)
    if (!std::ranges::count(item->statuses, hash, &report::status_entry::manifest_hash))
      return error{errc::missing, "the answer does not tell of " + hash};
  if (const auto* const before = answer_of(asked.server);
      before != nullptr && item->version < before->version)
    return error{errc::conflict, "the answer is older than the last"};
  if (auto added = kept_->add(item->digest, std::move(answer)); !added)
    return added;
  std::set<std::string> wanted;
  for (const auto& [digest, kept] : kept_->items())
    if (kept.name != asked.server || digest == item->digest)
      wanted.insert(digest);
  kept_->keep_only(wanted);
  return {};
}

void status_refresh::say(const std::string& server, const std::string& trouble) {
  auto& last = trouble_[server];
  if (trouble != last && !trouble.empty())
    world_.note("status server " + server + ": " + trouble);
  last = trouble;
}

void status_refresh::drop_unwanted(const std::set<std::string>& servers) {
  std::set<std::string> wanted;
  for (const auto& [digest, item] : kept_->items())
    if (servers.contains(item.name))
      wanted.insert(digest);
  kept_->keep_only(wanted);
}

} // namespace troth::actors
