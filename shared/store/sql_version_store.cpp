#include "shared/store/sql_version_store.hpp"

#include "shared/base/hex.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <utility>

namespace troth::store {

namespace {

using attempt = database::attempt;
using soci::into;
using soci::use;

/// Names may hold any bytes.
std::string encoded(const std::string& name) {
  return hex(to_bytes(name));
}

result<std::string> decoded(const std::string& text) {
  const auto read = from_hex(text);
  return read ? result<std::string>{to_text(*read)}
              : error{errc::io, "store.version: a name is no hex"};
}

} // namespace

sql_version_store::sql_version_store(std::shared_ptr<database> where, std::size_t capacity)
  : database_(std::move(where)),
    capacity_(static_cast<long long>(std::min<std::size_t>(capacity, 1'000'000'000))) {
  // nop
}

result<version_changes> sql_version_store::since(std::uint64_t number) {
  const auto behind = static_cast<long long>(number);
  return database_->get<version_changes>(
    [&](soci::session& sql, attempt) -> result<version_changes> {
      std::string device;
      std::string item;
      long long version = 0;
      long long change = 0;
      soci::statement statement
        = (sql.prepare << "SELECT device, item, version_ns, change_number FROM troth_version "
                          "WHERE change_number > :behind ORDER BY change_number",
           use(behind), into(device), into(item), into(version), into(change));
      version_changes out{{}, number};
      statement.execute();
      while (statement.fetch()) {
        auto device_name = decoded(device);
        auto item_name = decoded(item);
        if (!device_name || !item_name)
          return device_name ? item_name.error() : device_name.error();
        out.entries.push_back({*std::move(device_name), *std::move(item_name), from_ns(version)});
        out.number = static_cast<std::uint64_t>(change);
      }
      return out;
    });
}

result<void> sql_version_store::learn(const std::string& device,
                                      const std::map<std::string, time_point>& versions) {
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    soci::transaction all{sql};
    // Whoever writes holds this row until it is done, so that who reads misses no number.
    sql << "UPDATE troth_change SET number = number + 1 WHERE what = 'version'";
    long long change = 0;
    sql << "SELECT number FROM troth_change WHERE what = 'version'", into(change);
    const auto device_text = encoded(device);
    for (const auto& [item, version] : versions) {
      const auto item_text = encoded(item);
      const auto ns = to_ns(version);
      sql << "INSERT INTO troth_version (device, item, version_ns, change_number) "
             "VALUES (:device, :item, :version, :change) "
             "ON CONFLICT (device, item) DO UPDATE SET version_ns = excluded.version_ns, "
             "change_number = excluded.change_number "
             "WHERE troth_version.version_ns < excluded.version_ns",
        use(device_text), use(item_text), use(ns), use(change);
    }
    sql << "DELETE FROM troth_version WHERE change_number <= (SELECT change_number "
           "FROM troth_version ORDER BY change_number DESC LIMIT 1 OFFSET :capacity)",
      use(capacity_);
    all.commit();
    return {};
  });
}

} // namespace troth::store
