#include "shared/device/container_log.hpp"

#include "shared/codec/canonical_json.hpp"
#include "shared/codec/cbor_sink.hpp"
#include "shared/codec/cbor_source.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/container_configuration.hpp"
#include "shared/files/files.hpp"
#include "shared/report/component_fields.hpp"

#include <algorithm>
#include <utility>

namespace troth::device {

namespace {

constexpr std::size_t max_events = 4096;
constexpr auto sha256_bytes = digest_size(hash_algorithm::sha256);

/// The log as it is kept.
struct kept_log {
  std::string boot;
  std::vector<report::component> events;
  std::uint64_t closed = 0;
};

void describe(auto& fields, codec::of<kept_log> auto& x) {
  fields.required({"boot", 0}, x.boot);
  fields.required({"events", 1}, codec::up_to(max_events, x.events));
  fields.required({"closed", 2}, x.closed);
}

bool is_hash_of(const codec::free_object& configuration, byte_view sha256) {
  return std::ranges::equal(endorsement::configuration_hash(configuration).view(), sha256)
         || std::ranges::equal(crypto::hash(hash_algorithm::sha256,
                                            to_bytes(codec::canonical_json(configuration.value)))
                                 .view(),
                               sha256);
}

} // namespace

result<report::component> container_event(report::component said,
                                          std::span<const hash_algorithm> banks) {
  if (!said.container)
    return error{errc::missing, "event.ctrData"};
  const auto& [configuration, rootfs, specification] = *said.container;
  if (configuration.size() != sha256_bytes || rootfs.size() != sha256_bytes)
    return error{errc::malformed, "event.ctrData: expected two SHA-256"};
  const auto measured = endorsement::container_hash(configuration, rootfs);
  if (const auto* const claimed = said.find_hash(hash_algorithm::sha256);
      claimed != nullptr && *claimed != measured)
    return error{errc::conflict, "event.hashes: not of event.ctrData"};
  if (!specification.empty() && !is_hash_of(specification, configuration))
    return error{errc::conflict, "event.ctrData.ociSpec: not what was hashed"};
  said.hashes = {measured};
  said.foreign_hashes.clear();
  for (const auto bank : banks)
    if (bank != hash_algorithm::sha256)
      said.hashes.push_back(crypto::hash(bank, {configuration, rootfs}));
  return said;
}

result<container_log> container_log::open(std::filesystem::path file, std::string boot) {
  container_log out{std::move(file), std::move(boot)};
  const auto content = files::read(out.file_, max_bytes);
  if (!content && content.error().code == errc::not_found)
    return out;
  if (!content)
    return content.error();
  auto kept = codec::from_cbor<kept_log>(*content, "container log");
  if (!kept)
    return kept.error();
  auto log = *std::move(kept);
  const auto open_events = log.events.size() - log.closed;
  if (log.closed > log.events.size() || open_events > 1)
    return error{errc::malformed, "container log.closed"};
  if (log.boot != out.boot_)
    return out;
  out.events_ = std::move(log.events);
  out.closed_ = log.closed;
  return out;
}

bool container_log::contains(const report::component& event) const {
  const auto* const wanted = event.find_hash(hash_algorithm::sha256);
  return wanted != nullptr && std::ranges::any_of(events_, [&](const report::component& each) {
           const auto* const has = each.find_hash(hash_algorithm::sha256);
           return has != nullptr && *has == *wanted;
         });
}

result<void> container_log::add(report::component event) {
  auto longer = events_;
  longer.push_back(std::move(event));
  if (longer.size() > max_events)
    return error{errc::exhausted, "container log: " + std::to_string(max_events) + " events"};
  if (auto written = write(longer, closed_); !written)
    return written;
  events_ = std::move(longer);
  return {};
}

result<void> container_log::close() {
  if (auto written = write(events_, events_.size()); !written)
    return written;
  closed_ = events_.size();
  return {};
}

result<void> container_log::drop_open() {
  if (!has_open_event())
    return {};
  const auto rest = std::span{events_}.first(closed_);
  if (auto written = write(rest, closed_); !written)
    return written;
  events_.resize(closed_);
  return {};
}

result<void> container_log::clear() {
  if (auto written = write({}, 0); !written)
    return written;
  events_.clear();
  closed_ = 0;
  return {};
}

result<void> container_log::write(std::span<const report::component> events,
                                  std::size_t closed) const {
  const kept_log kept{boot_, {events.begin(), events.end()}, closed};
  const auto content = codec::to_cbor(kept);
  if (content.size() > max_bytes)
    return error{errc::exhausted, "container log: over " + std::to_string(max_bytes) + " bytes"};
  return files::write(file_, content, files::access::owner);
}

} // namespace troth::device
