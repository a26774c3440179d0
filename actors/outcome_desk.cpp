#include "actors/outcome_desk.hpp"

#include "shared/base/hex.hpp"
#include "shared/protocol/deadline.hpp"
#include "shared/protocol/error.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace troth::actors {

namespace {

using namespace protocol;

constexpr std::size_t digest_digits = 64;     // SHA-256 in hex
constexpr std::chrono::hours longest{7 * 24}; // that anything is kept

time_point time_of(std::uint64_t unix_ms, time_point now) {
  const auto asked = std::min(unix_ms, to_unix_ms(now + longest));
  return time_point{std::chrono::milliseconds{asked}};
}

bool is_digest(const std::string& text) {
  return text.size() == digest_digits && from_hex(text);
}

caf::result<payload> told(host& own, store::outcome&& what) {
  if (what.media_type.empty())
    return payload{outcome_state::pending, {}, {}, 0};
  return own.give(std::move(what.media_type), to_blob(what.content));
}

caf::result<payload> nothing(const result<void>& done) {
  if (!done)
    return to_caf(done.error());
  return payload{};
}

} // namespace

caf::result<payload> keep_outcome(host& own, store::outcome_store& in, outcome_request& asked,
                                  time_point now) {
  if (!is_digest(asked.id))
    return to_caf({errc::malformed, "outcome.id"});
  const auto until = time_of(asked.until_ms, now);
  if (asked.action == outcome_action::begin) {
    if (!is_digest(asked.digest))
      return to_caf({errc::malformed, "outcome.digest"});
    auto known = in.begin(asked.id, asked.digest, until, now);
    if (!known)
      return to_caf(known.error());
    if (!*known)
      return payload{outcome_state::begun, {}, {}, 0};
    return told(own, **std::move(known));
  }
  if (asked.action == outcome_action::finish) {
    auto type = asked.outcome.media_type;
    if (type.find('/') == std::string::npos)
      return to_caf({errc::malformed, "outcome.mediaType"});
    const auto body = own.take(std::move(asked.outcome));
    if (!body)
      return to_caf(body.error());
    return nothing(in.finish(asked.id, {std::move(type), to_bytes(*body)}, until, now));
  }
  if (asked.action == outcome_action::forget)
    return nothing(in.forget(asked.id));
  if (asked.action != outcome_action::find)
    return to_caf({errc::unsupported, "outcome.action: " + asked.action});
  auto found = in.find(asked.id, now);
  if (!found)
    return to_caf(found.error());
  return told(own, *std::move(found));
}

} // namespace troth::actors
