#include "shared/store/connection.hpp"

#include <algorithm>
#include <cstddef>

namespace troth::store {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite3://";
constexpr std::string_view postgresql_scheme = "postgresql://";

/// For a server that is gone without a word: libpq waits for ever by default.
constexpr std::string_view connection_limits
  = "connect_timeout=3&tcp_user_timeout=5000&keepalives_idle=10"
    "&keepalives_interval=5&keepalives_count=2"
    "&application_name=troth";

constexpr std::string_view has_password
  = "store.url: a password; expected it in passwordFile or PGPASSFILE";

/// Writes every byte but letters and digits as %XX.
std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

/// Refuses a query with a password, or with a key that is spelt to hide one.
result<void> check_query(std::string_view query) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto key = query.substr(0, std::min(query.substr(0, end).find('='), end));
    if (key == "password")
      return error{errc::forbidden, std::string{has_password}};
    if (key.find('%') != std::string_view::npos)
      return error{errc::malformed, "store.url: an escape in the name of a parameter"};
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

result<connection> parse_sqlite(std::string_view path) {
  // SOCI reads "dbname=" up to the closing quote and knows no escape for it.
  if (path.empty() || path.find_first_of(std::string_view{"\"\0\n", 3}) != std::string_view::npos)
    return error{errc::malformed, "store.url: no file, or a quote, newline or NUL in its path"};
  const std::string file{path};
  return connection{engine::sqlite3, file, "dbname=\"" + file + "\" timeout=5"};
}

result<connection> parse_postgresql(std::string_view url, std::string_view password) {
  const auto rest = url.substr(postgresql_scheme.size());
  const auto query_at = std::min(rest.find('?'), rest.size());
  const auto query = rest.substr(std::min(query_at + 1, rest.size()));
  const auto before_path = rest.substr(0, std::min(rest.find('/'), query_at));
  const auto user = before_path.substr(0, before_path.rfind('@') + 1);
  if (url.find('\0') != std::string_view::npos)
    return error{errc::malformed, "store.url: a NUL"};
  if (user.find(':') != std::string_view::npos)
    return error{errc::forbidden, std::string{has_password}};
  if (auto checked = check_query(query); !checked)
    return checked.error();
  // libpq takes the last of a parameter that comes twice, so ours go first.
  std::string library{url.substr(0, postgresql_scheme.size() + query_at)};
  library.append("?").append(connection_limits);
  if (!password.empty())
    library.append("&password=").append(percent_encode(password));
  if (!query.empty())
    library.append("&").append(query);
  return connection{engine::postgresql, {}, std::move(library)};
}

} // namespace

result<connection> parse_connection(std::string_view url, std::string_view password) {
  if (url == "memory://")
    return connection{engine::memory, {}, {}};
  if (url.starts_with(sqlite_scheme))
    return parse_sqlite(url.substr(sqlite_scheme.size()));
  if (url.starts_with(postgresql_scheme))
    return parse_postgresql(url, password);
  return error{errc::unsupported, "store.url: expected memory://, sqlite3:// or postgresql://"};
}

} // namespace troth::store
