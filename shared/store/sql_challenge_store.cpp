#include "shared/store/sql_challenge_store.hpp"

#include "shared/base/hex.hpp"
#include "shared/store/schema.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace troth::store {

namespace {

using namespace std::chrono_literals;

constexpr auto reconnect_pause = 500ms; // a dead address costs one caller its time-out, not each
constexpr auto purge_interval = 60s;

/// Returns what SOCI says without the statement and its parameters.
error to_error(const soci::soci_error& why) {
  auto text = why.get_error_message();
  std::ranges::replace(text, '\n', ' ');
  text.insert(0, "store: ");
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&why)) {
    const auto code = sqlite->result() & 0xff; // the rest of it are details
    const auto is_busy = code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL;
    return {is_busy ? errc::unavailable : errc::io, std::move(text)};
  }
  return {errc::unavailable, std::move(text)};
}

long long to_ns(time_point when) {
  return std::chrono::nanoseconds{when.time_since_epoch()}.count();
}

/// @returns the nonce of the challenge, if there is one.
std::optional<std::string> find_nonce(soci::session& sql, const std::string& id) {
  std::string nonce;
  sql << "SELECT nonce FROM troth_challenge WHERE id = :id", soci::use(id), soci::into(nonce);
  return sql.got_data() ? std::optional{nonce} : std::nullopt;
}

/// @returns whether there was room for it, and none of that id.
bool insert(soci::session& sql, const std::string& id, const std::string& nonce, long long expires,
            long long capacity) {
  soci::statement statement
    = (sql.prepare << "INSERT INTO troth_challenge (id, nonce, expires_ns) "
                      "SELECT CAST(:id AS TEXT), CAST(:nonce AS TEXT), CAST(:expires AS BIGINT) "
                      "WHERE (SELECT count(*) FROM troth_challenge) < :capacity "
                      "ON CONFLICT (id) DO NOTHING",
       soci::use(id), soci::use(nonce), soci::use(expires), soci::use(capacity));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

} // namespace

sql_challenge_store::sql_challenge_store(connection where, std::size_t capacity)
  : where_(std::move(where)),
    capacity_(static_cast<long long>(std::min<std::size_t>(capacity, 1'000'000'000))) {
  // nop
}

sql_challenge_store::~sql_challenge_store() = default;

/// @pre `mutex_` is held. @throws what SOCI throws.
result<void> sql_challenge_store::connect() {
  const auto& factory = where_.kind == engine::postgresql
                          ? static_cast<const soci::backend_factory&>(soci::postgresql)
                          : static_cast<const soci::backend_factory&>(soci::sqlite3);
  auto fresh = std::make_unique<soci::session>(factory, where_.library);
  if (where_.kind == engine::postgresql) {
    *fresh << "SET statement_timeout = '5s'";
  } else {
    // What was taken stays taken when the power fails. Not in the connection
    // string, where SOCI leaks the connection if this fails.
    *fresh << "PRAGMA synchronous = EXTRA";
    std::error_code ignored; // a file of somebody else's stays as it is
    std::filesystem::permissions(where_.path,
                                 std::filesystem::perms::owner_read
                                   | std::filesystem::perms::owner_write,
                                 ignored);
  }
  if (auto made = make_tables(*fresh, where_.kind); !made)
    return made;
  session_ = std::move(fresh);
  return {};
}

/// Calls `action` with a session, and once more if that was a dead one.
template <class T, class Action>
result<T> sql_challenge_store::with_session(Action action) {
  const std::lock_guard lock{mutex_};
  for (auto which = attempt::first;; which = attempt::again) {
    const auto was_open = session_ != nullptr;
    if (!was_open && why_not_ && std::chrono::steady_clock::now() < not_before_)
      return *why_not_;
    try {
      why_not_.reset();
      if (!was_open)
        if (auto connected = connect(); !connected)
          return connected.error();
      return action(*session_, which);
    } catch (const soci::soci_error& why) {
      session_.reset();
      auto failure = to_error(why);
      if (was_open && which == attempt::first && failure.code == errc::unavailable)
        continue;
      why_not_ = failure;
      not_before_ = std::chrono::steady_clock::now() + reconnect_pause;
      return failure;
    } catch (const std::exception& why) {
      session_.reset();
      return error{errc::internal, std::string{"store: "} + why.what()};
    }
  }
}

/// @pre There is a session. @throws what SOCI throws.
void sql_challenge_store::purge(time_point now) {
  const auto now_ns = to_ns(now);
  *session_ << "DELETE FROM troth_challenge WHERE expires_ns <= :now", soci::use(now_ns);
  purged_ = now;
}

result<void> sql_challenge_store::put(std::string_view id, byte_view nonce, time_point expires,
                                      time_point now) {
  if (id.size() > max_id_bytes || nonce.size() > max_nonce_bytes)
    return error{errc::too_large, "store.challenge"};
  const auto id_hex = hex(to_bytes(id));
  const auto nonce_hex = hex(nonce);
  return with_session<void>([&](soci::session& sql, attempt which) -> result<void> {
    if (!purged_ || now - *purged_ >= purge_interval || now < *purged_)
      purge(now);
    if (insert(sql, id_hex, nonce_hex, to_ns(expires), capacity_))
      return {};
    if (const auto found = find_nonce(sql, id_hex)) {
      if (which == attempt::again && *found == nonce_hex)
        return {}; // the first attempt did it before the connection broke
      return error{errc::conflict, "store.challenge.id"};
    }
    purge(now);
    if (insert(sql, id_hex, nonce_hex, to_ns(expires), capacity_))
      return {};
    return error{errc::exhausted, "store.challenge"};
  });
}

result<bytes> sql_challenge_store::take(std::string_view id, time_point now) {
  if (id.size() > max_id_bytes)
    return error{errc::no_challenge, "store.challenge"};
  const auto id_hex = hex(to_bytes(id));
  return with_session<bytes>([&](soci::session& sql, attempt which) -> result<bytes> {
    std::string nonce;
    long long expires = 0;
    soci::statement statement
      = (sql.prepare << "DELETE FROM troth_challenge WHERE id = :id RETURNING nonce, expires_ns",
         soci::use(id_hex), soci::into(nonce), soci::into(expires));
    if (!statement.execute(true)) {
      if (which == attempt::again) // not the caller's fault: the first attempt may have taken it
        return error{errc::unavailable, "store.challenge: lost while it was taken"};
      return error{errc::no_challenge, "store.challenge"};
    }
    auto taken = from_hex(nonce);
    while (statement.fetch()) { // SQLite commits when it has no more to say
    }
    if (expires <= to_ns(now))
      return error{errc::no_challenge, "store.challenge"};
    return taken;
  });
}

result<void> sql_challenge_store::ping() {
  return with_session<void>([](soci::session& sql, attempt) -> result<void> {
    int one = 0;
    sql << "SELECT 1", soci::into(one);
    return {};
  });
}

} // namespace troth::store
