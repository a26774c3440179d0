#include "actors/trust_listing.hpp"

#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"

#include <span>
#include <string_view>
#include <utility>

namespace troth::actors {

namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& what) {
  return what.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void add(ordered_json& into, std::string_view role, std::span<const crypto::certificate> roots) {
  for (const auto& one : roots)
    into.push_back({{"role", role},
                    {"subject", one.subject()},
                    {"sha256", hex(one.sha256().view())},
                    {"notBefore", format_time(one.not_before())},
                    {"notAfter", format_time(one.not_after())}});
}

void add(ordered_json& into, std::string_view role, std::span<const digest> keys) {
  for (const auto& one : keys)
    into.push_back({{"role", role}, {"keySha256", hex(one.view())}});
}

std::string_view kind_of(const collateral::item& one) {
  using collateral::item_kind;
  const auto asked = collateral::question_of(one.name);
  switch (asked ? asked->kind : item_kind{}) {
  case item_kind::tcb_info:
    return "tcbInfo";
  case item_kind::qe_identity:
    return "qeIdentity";
  case item_kind::revocation_list:
    return "revocationList";
  case item_kind::pck:
    return "platformCertificate";
  case item_kind::vek:
    return "chipCertificate";
  case item_kind::authorities:
    return "authorities";
  }
  return "unknown";
}

} // namespace

std::string write_trust_anchors(const endorsement::trust_anchors& anchors) {
  auto all = ordered_json::array();
  add(all, "metadata", anchors.metadata_roots);
  add(all, "attestationKeys", anchors.ak_roots);
  add(all, "status", anchors.status_roots);
  add(all, "snp", anchors.snp_roots);
  add(all, "snp", anchors.snp_root_keys);
  add(all, "intel", anchors.intel_roots);
  add(all, "intel", anchors.intel_root_keys);
  return dump({{"anchors", std::move(all)}});
}

std::string write_collateral(const collateral::depot& from, time_point now) {
  auto items = ordered_json::array();
  for (const auto& one : from.all())
    items.push_back({{"kind", kind_of(*one)},
                     {"key", one->name},
                     {"source", one->source},
                     {"fetched", format_time(one->fetched)},
                     {"from", format_time(one->from)},
                     {"until", format_time(one->until)},
                     {"stale", !one->is_current(now)}});
  return dump({{"items", std::move(items)}});
}

} // namespace troth::actors
