#include "shared/attesting/metadata_set.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

#include <tuple>
#include <utility>

namespace troth::attesting {

result<signed_item> read_signed_item(bytes content) {
  const auto message = report::parse_signed(content);
  if (!message)
    return message.error();
  const auto item = report::parse_metadata(message->payload);
  if (!item)
    return item.error();
  const auto& info = report::info_of(*item);
  auto name = info.name;
  auto version = parse_time(info.version);
  std::string status_server;
  std::vector<report::status_entry> statuses;
  if (const auto* manifest = std::get_if<report::manifest>(&*item))
    status_server = manifest->omsp_server;
  if (const auto* status = std::get_if<report::omsp_response>(&*item)) {
    name = status->server; // a status has neither of its own
    statuses = status->responses;
    if (status->produced_at)
      version = *status->produced_at;
  }
  if (!version)
    return error{errc::malformed, "metadata.version"};
  const auto digest = crypto::hash(hash_algorithm::sha256, content);
  const auto encoded_as = content.front() == '{' ? report::encoding::json : report::encoding::cbor;
  return signed_item{std::move(content),
                     hex(digest.view()),
                     encoded_as,
                     std::string{report::type_of(*item)},
                     std::move(name),
                     *version,
                     std::move(status_server),
                     std::move(statuses)};
}

std::string_view media_type_of(report::encoding encoded_as) noexcept {
  return encoded_as == report::encoding::json ? "application/jose+json"
                                              : "application/cose; cose-type=\"cose-sign\"";
}

std::vector<const signed_item*> pick(const metadata_sets& from, report::encoding wanted) {
  std::map<std::pair<std::string, std::string>, const signed_item*> best;
  const auto rank = [&](const signed_item& of) {
    return std::tuple{of.version, of.encoded_as == wanted};
  };
  for (const auto* const set : from)
    for (const auto& [digest, item] : *set) {
      auto& chosen = best[{item.kind, item.name}];
      if (!chosen || rank(*chosen) < rank(item))
        chosen = &item;
    }
  std::vector<const signed_item*> out;
  for (const auto& [name, item] : best)
    out.push_back(item);
  return out;
}

} // namespace troth::attesting
