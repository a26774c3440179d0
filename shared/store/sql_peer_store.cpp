#include "shared/store/sql_peer_store.hpp"

#include "shared/base/base64.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <utility>

namespace troth::store {

namespace {

using attempt = database::attempt;
using soci::into;
using soci::use;

/// @returns the number of a peer's items, 0 for none.
long long find_number(soci::session& sql, const std::string& peer) {
  long long number = 0;
  sql << "SELECT number FROM troth_peer WHERE peer = :peer", use(peer), into(number);
  return sql.got_data() ? number : 0;
}

void erase(soci::session& sql, const std::string& peer) {
  sql << "DELETE FROM troth_peer_item WHERE peer = :peer", use(peer);
  sql << "DELETE FROM troth_peer WHERE peer = :peer", use(peer);
}

/// Forgets the peers that were saved longest ago, until the others fit.
void make_room(soci::session& sql, long long max_bytes) {
  for (;;) {
    long long sum = 0;
    sql << "SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM troth_peer", into(sum);
    if (sum <= max_bytes)
      return;
    std::string oldest;
    sql << "SELECT peer FROM troth_peer ORDER BY number LIMIT 1", into(oldest);
    erase(sql, oldest);
  }
}

} // namespace

sql_peer_store::sql_peer_store(std::shared_ptr<database> where, std::size_t max_bytes)
  : database_(std::move(where)),
    max_bytes_(static_cast<long long>(std::min<std::size_t>(max_bytes, std::size_t{1} << 40U))) {
  // nop
}

result<std::optional<kept_items>> sql_peer_store::load(const std::string& peer,
                                                       std::uint64_t number) {
  using found = std::optional<kept_items>;
  return database_->get<found>([&](soci::session& sql, attempt) -> result<found> {
    const auto current = static_cast<std::uint64_t>(find_number(sql, peer));
    if (current == number)
      return found{};
    kept_items out{{}, current};
    std::string digest;
    std::string content;
    soci::statement statement
      = (sql.prepare << "SELECT digest, content FROM troth_peer_item WHERE peer = :peer", use(peer),
         into(digest), into(content));
    statement.execute();
    while (statement.fetch())
      if (auto read = from_base64(content))
        out.items.insert_or_assign(digest, *std::move(read));
    return found{std::move(out)};
  });
}

result<std::uint64_t> sql_peer_store::save(const std::string& peer,
                                           const std::map<std::string, bytes>& items) {
  return database_->get<std::uint64_t>([&](soci::session& sql, attempt) -> result<std::uint64_t> {
    soci::transaction all{sql};
    sql << "UPDATE troth_change SET number = number + 1 WHERE what = 'peer'";
    long long number = 0;
    sql << "SELECT number FROM troth_change WHERE what = 'peer'", into(number);
    erase(sql, peer);
    long long size = 0;
    for (const auto& [digest, content] : items) {
      const auto text = base64(content);
      size += static_cast<long long>(content.size());
      sql
        << "INSERT INTO troth_peer_item (peer, digest, content) VALUES (:peer, :digest, :content)",
        use(peer), use(digest), use(text);
    }
    if (!items.empty())
      sql << "INSERT INTO troth_peer (peer, number, size_bytes) VALUES (:peer, :number, :size)",
        use(peer), use(number), use(size);
    make_room(sql, max_bytes_);
    all.commit();
    return items.empty() ? 0 : static_cast<std::uint64_t>(number);
  });
}

} // namespace troth::store
