#include "shared/store/sql_challenge_store.hpp"

#include "shared/base/hex.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <string>
#include <utility>

namespace troth::store {

namespace {

using namespace std::chrono_literals;
using attempt = database::attempt;

constexpr auto purge_interval = 60s;

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

sql_challenge_store::sql_challenge_store(std::shared_ptr<database> where, std::size_t capacity)
  : database_(std::move(where)),
    capacity_(static_cast<long long>(std::min<std::size_t>(capacity, 1'000'000'000))) {
  // nop
}

/// @throws what SOCI throws.
void sql_challenge_store::purge(soci::session& sql, time_point now) {
  const auto now_ns = to_ns(now);
  sql << "DELETE FROM troth_challenge WHERE expires_ns <= :now", soci::use(now_ns);
  purged_ = now;
}

result<void> sql_challenge_store::put(std::string_view id, byte_view nonce, time_point expires,
                                      time_point now) {
  if (id.size() > max_id_bytes || nonce.size() > max_nonce_bytes)
    return error{errc::too_large, "store.challenge"};
  const auto id_hex = hex(to_bytes(id));
  const auto nonce_hex = hex(nonce);
  return database_->run([&](soci::session& sql, attempt which) -> result<void> {
    if (!purged_ || now - *purged_ >= purge_interval || now < *purged_)
      purge(sql, now);
    if (insert(sql, id_hex, nonce_hex, to_ns(expires), capacity_))
      return {};
    if (const auto found = find_nonce(sql, id_hex)) {
      if (which == attempt::again && *found == nonce_hex)
        return {}; // the first attempt did it before the connection broke
      return error{errc::conflict, "store.challenge.id"};
    }
    purge(sql, now);
    if (insert(sql, id_hex, nonce_hex, to_ns(expires), capacity_))
      return {};
    return error{errc::exhausted, "store.challenge"};
  });
}

result<bytes> sql_challenge_store::take(std::string_view id, time_point now) {
  if (id.size() > max_id_bytes)
    return error{errc::no_challenge, "store.challenge"};
  const auto id_hex = hex(to_bytes(id));
  return database_->get<bytes>([&](soci::session& sql, attempt which) -> result<bytes> {
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
  return database_->ping();
}

} // namespace troth::store
