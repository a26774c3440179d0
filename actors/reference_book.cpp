#include "actors/reference_book.hpp"

#include "actors/author_name.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <utility>

namespace troth::actors {

namespace {

using nlohmann::ordered_json;
using entries = std::vector<store::reference_entry>;
namespace reference_action = protocol::reference_action;
namespace reference_type = protocol::reference_type;

result<std::string> written(const result<entries>& values) {
  if (!values)
    return values.error();
  auto listed = ordered_json::array();
  for (const auto& one : *values) {
    ordered_json shown{{"id", one.id},
                       {"active", one.is_active},
                       {"source", one.source},
                       {"author", one.author},
                       {"created", format_time(one.created)}};
    if (one.until)
      shown["until"] = format_time(*one.until);
    shown["component"] = ordered_json::parse(one.document, nullptr, false);
    listed.push_back(std::move(shown));
  }
  return ordered_json{{"values", std::move(listed)}}.dump(-1, ' ', false,
                                                          ordered_json::error_handler_t::replace);
}

store::reference_entry entry_of(const report::component& value, const std::string& source,
                                const std::string& author, time_point now) {
  auto document = endorsement::write_provisioned_value(value);
  auto id = hex(crypto::hash(hash_algorithm::sha256, to_bytes(document)).view());
  return {std::move(id), std::move(document), source, author_name(author), now};
}

/// @returns `expired` if it counts not yet, or no longer.
result<void> check_time(const endorsement::corim& of, time_point now) {
  if (!of.valid.holds_at(now))
    return error{errc::expired, "corim.validity: it is " + format_time(now)};
  return {};
}

} // namespace

result<void> reference_book::refresh() {
  const auto generation = store_->generation();
  if (!generation)
    return generation.error();
  {
    const std::lock_guard lock{mutex_};
    if (generation_ == *generation)
      return {};
  }
  const auto all = store_->list();
  if (!all)
    return all.error();
  auto active = std::make_shared<endorsement::provisioned_set>();
  for (const auto& one : *all) {
    if (!one.is_active)
      continue;
    auto value = endorsement::parse_provisioned_value(one.document);
    if (!value)
      return error{errc::io, "reference value " + one.id + ": " + to_string(value.error())};
    active->push_back({*std::move(value), one.until});
  }
  const std::lock_guard lock{mutex_};
  generation_ = *generation;
  active_ = std::move(active);
  return {};
}

std::shared_ptr<const endorsement::provisioned_set> reference_book::active() const {
  const std::lock_guard lock{mutex_};
  return active_;
}

result<std::string> reference_book::list() const {
  return written(store_->list());
}

result<entries> reference_book::find(const std::string& id) const {
  const auto all = store_->list();
  if (!all)
    return all.error();
  const auto at = std::ranges::find(*all, id, &store::reference_entry::id);
  if (at == all->end())
    return error{errc::not_found, "reference value " + id};
  return entries{*at};
}

/// Reads what is to be added: a value, or a CoRIM with several.
result<entries> reference_book::read(const protocol::reference_request& asked,
                                     time_point now) const {
  if (asked.media_type == reference_type::value) {
    const auto value = endorsement::parse_provisioned_value(asked.document);
    if (!value)
      return value.error();
    return entries{entry_of(*value, "api", asked.author, now)};
  }
  const auto document = protocol::to_bytes(asked.document);
  const auto is_signed = asked.media_type == reference_type::signed_corim;
  if (!is_signed && asked.media_type != reference_type::unsigned_corim)
    return error{errc::unsupported, "reference values: " + asked.media_type};
  const auto corim = is_signed ? endorsement::authenticate_corim(document, signer_roots_, now)
                               : endorsement::parse_corim(document);
  if (!corim)
    return corim.error();
  if (const auto good = check_time(*corim, now); !good)
    return good.error();
  const auto values = endorsement::provisioned_values(*corim);
  if (!values)
    return values.error();
  entries out;
  for (const auto& value : *values) {
    out.push_back(entry_of(value, "corim " + corim->id, asked.author, now));
    out.back().until = corim->valid.not_after;
  }
  return out;
}

result<entries> reference_book::add(const protocol::reference_request& asked, time_point now) {
  const auto values = read(asked, now);
  if (!values)
    return values.error();
  if (const auto kept = store_->put(*values); !kept)
    return kept.error();
  const auto all = store_->list(); // what was there before stays as it was
  if (!all)
    return all.error();
  entries out;
  for (const auto& one : *all)
    if (std::ranges::find(*values, one.id, &store::reference_entry::id) != values->end())
      out.push_back(one);
  return out;
}

result<std::string> reference_book::manage(const protocol::reference_request& asked,
                                           time_point now) {
  if (asked.action == reference_action::add)
    return written(add(asked, now));
  result<void> done;
  if (asked.action == reference_action::activate)
    done = store_->set(asked.id, store::reference_store::state::active);
  else if (asked.action == reference_action::deactivate)
    done = store_->set(asked.id, store::reference_store::state::inactive);
  else if (asked.action == reference_action::erase)
    done = store_->erase(asked.id);
  else if (asked.action != reference_action::get)
    done = error{errc::unsupported, "action: " + asked.action};
  if (!done)
    return done.error();
  return written(asked.action == reference_action::erase ? entries{} : find(asked.id));
}

} // namespace troth::actors
