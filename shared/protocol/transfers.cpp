#include "shared/protocol/transfers.hpp"

#include <algorithm>
#include <utility>

namespace troth::protocol {

namespace {

constexpr std::size_t id_digits = 32;

bool is_id(const std::string& text) {
  return text.size() == id_digits
         && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

error over(const char* what, std::uint64_t got, std::size_t max) {
  return {errc::too_large, std::string{what} + ": " + std::to_string(got) + " bytes, at most "
                             + std::to_string(max)};
}

error unexpected_offset(std::uint64_t got, std::size_t expected) {
  return {errc::conflict,
          "transfer.offset: got " + std::to_string(got) + ", expected " + std::to_string(expected)};
}

} // namespace

result<void> transfers::put(chunk&& part, clock_time now) {
  expire(now);
  if (!is_id(part.transfer))
    return error{errc::malformed, "transfer.id"};
  if (part.body.empty())
    return error{errc::malformed, "transfer.body: empty"};
  if (part.body.size() > max_chunk_bytes)
    return over("transfer.body", part.body.size(), max_chunk_bytes);
  if (part.total_bytes > limits_.max_body_bytes)
    return over("transfer.total", part.total_bytes, limits_.max_body_bytes);
  auto at = put_.find(part.transfer);
  const auto had = at == put_.end() ? std::size_t{0} : at->second.content.size();
  const auto total = at == put_.end() ? part.total_bytes : at->second.size_bytes;
  if (part.offset != had || part.total_bytes != total || part.body.size() > total - had) {
    if (at != put_.end())
      erase(put_, at);
    return part.offset != had ? unexpected_offset(part.offset, had)
                              : error{errc::conflict, "transfer.total"};
  }
  if (at == put_.end()) {
    auto begun = admit(put_, part.transfer, {{}, static_cast<std::size_t>(total), 0, now});
    if (!begun)
      return begun;
    at = put_.find(part.transfer);
  }
  at->second.content += part.body;
  at->second.expires = now + limits_.lifetime;
  return {};
}

result<blob> transfers::take(payload&& from, clock_time now) {
  expire(now);
  if (from.size_bytes > limits_.max_body_bytes)
    return over("payload", from.size_bytes, limits_.max_body_bytes);
  if (from.transfer.empty()) {
    if (from.body.size() != from.size_bytes)
      return error{errc::malformed, "payload.size"};
    return std::move(from.body);
  }
  const auto at = put_.find(from.transfer);
  if (at == put_.end())
    return error{errc::not_found, "payload.transfer"};
  auto content = std::move(at->second.content);
  const auto size_bytes = at->second.size_bytes;
  erase(put_, at);
  if (content.size() != size_bytes)
    return error{errc::conflict, "payload.transfer: " + std::to_string(content.size()) + " of "
                                   + std::to_string(size_bytes) + " bytes were put"};
  if (size_bytes != from.size_bytes || !from.body.empty())
    return error{errc::malformed, "payload.size"};
  return content;
}

result<payload> transfers::give(std::string media_type, blob body, std::string id, clock_time now) {
  expire(now);
  const auto size_bytes = body.size();
  if (size_bytes > limits_.max_body_bytes)
    return over("payload", size_bytes, limits_.max_body_bytes);
  if (size_bytes <= max_chunk_bytes)
    return payload{std::move(media_type), std::move(body), {}, size_bytes};
  const auto kept = admit(given_, id, {std::move(body), size_bytes, 0, now + limits_.lifetime});
  if (!kept)
    return kept.error();
  return payload{std::move(media_type), {}, std::move(id), size_bytes};
}

result<blob> transfers::get(const std::string& id, std::uint64_t offset, clock_time now) {
  expire(now);
  const auto at = given_.find(id);
  if (at == given_.end())
    return error{errc::not_found, "transfer.id"};
  auto& given = at->second;
  if (offset != given.position)
    return unexpected_offset(offset, given.position);
  auto part = given.content.substr(given.position, max_chunk_bytes);
  given.position += part.size();
  given.expires = now + limits_.lifetime;
  if (given.position == given.size_bytes)
    erase(given_, at);
  return part;
}

result<void> transfers::admit(table& to, std::string id, transfer&& what) {
  const auto size_bytes = what.size_bytes;
  if (to.size() >= limits_.max_transfers)
    return error{errc::exhausted, "transfers: " + std::to_string(to.size()) + " under way"};
  if (size_bytes > limits_.max_total_bytes - total_bytes_)
    return error{errc::exhausted, "transfers: " + std::to_string(total_bytes_) + " of "
                                    + std::to_string(limits_.max_total_bytes) + " bytes taken"};
  if (!to.try_emplace(std::move(id), std::move(what)).second)
    return error{errc::conflict, "transfer.id: in use"};
  total_bytes_ += size_bytes;
  return {};
}

void transfers::erase(table& from, table::iterator at) {
  total_bytes_ -= at->second.size_bytes;
  from.erase(at);
}

void transfers::expire(clock_time now) {
  for (auto* all : {&put_, &given_})
    for (auto at = all->begin(); at != all->end();) {
      const auto next = std::next(at);
      if (at->second.expires <= now)
        erase(*all, at);
      at = next;
    }
}

} // namespace troth::protocol
