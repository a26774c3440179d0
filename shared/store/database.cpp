#include "shared/store/database.hpp"

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

} // namespace

long long to_ns(time_point when) {
  return std::chrono::nanoseconds{when.time_since_epoch()}.count();
}

time_point from_ns(long long ns) {
  return time_point{std::chrono::duration_cast<time_point::duration>(std::chrono::nanoseconds{ns})};
}

database::database(connection where) : where_(std::move(where)) {
  // nop
}

database::~database() = default;

/// @pre `mutex_` is held. @throws what SOCI throws.
result<void> database::connect() {
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

result<void> database::run(const std::function<result<void>(soci::session&, attempt)>& action) {
  const std::lock_guard lock{mutex_};
  for (auto which = attempt::first;; which = attempt::again) {
    const auto was_open = session_ != nullptr;
    if (!was_open && why_not_ && std::chrono::steady_clock::now() < not_before_)
      return *why_not_;
    try {
      why_not_.reset();
      if (!was_open)
        if (auto connected = connect(); !connected)
          return connected;
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

result<void> database::ping() {
  return run([](soci::session& sql, attempt) -> result<void> {
    int one = 0;
    sql << "SELECT 1", soci::into(one);
    return {};
  });
}

} // namespace troth::store
