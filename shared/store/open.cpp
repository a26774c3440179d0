#include "shared/store/open.hpp"

#include "shared/store/connection.hpp"
#include "shared/store/database.hpp"
#include "shared/store/memory_challenge_store.hpp"
#include "shared/store/memory_outcome_store.hpp"
#include "shared/store/memory_policy_store.hpp"
#include "shared/store/memory_reference_store.hpp"
#include "shared/store/memory_report_store.hpp"
#include "shared/store/sql_challenge_store.hpp"
#include "shared/store/sql_outcome_store.hpp"
#include "shared/store/sql_peer_store.hpp"
#include "shared/store/sql_policy_store.hpp"
#include "shared/store/sql_reference_store.hpp"
#include "shared/store/sql_report_store.hpp"
#include "shared/store/sql_version_store.hpp"

#include <array>
#include <fstream>

namespace troth::store {

namespace {

result<std::string> read_password(const std::string& path) {
  if (path.empty())
    return std::string{};
  std::ifstream in{path, std::ios::binary};
  std::array<char, 1024> buffer{};
  in.read(buffer.data(), buffer.size());
  std::string password{buffer.data(), static_cast<std::size_t>(in.gcount())};
  while (password.ends_with('\n') || password.ends_with('\r'))
    password.pop_back();
  if (password.empty() || password.size() >= buffer.size() - 2
      || password.find('\0') != std::string::npos)
    return error{errc::io, "store.passwordFile: cannot read a password from " + path};
  return password;
}

} // namespace

result<stores> open_stores(std::string_view url, const store_limits& limits,
                           const std::string& password_file) {
  const auto password = read_password(password_file);
  if (!password)
    return password.error();
  auto where = parse_connection(url, *password);
  if (!where)
    return where.error();
  if (where->kind == engine::memory)
    return stores{std::make_shared<memory_challenge_store>(limits.challenges),
                  std::make_shared<memory_policy_store>(limits.policies),
                  std::make_shared<memory_reference_store>(limits.references),
                  std::make_shared<memory_outcome_store>(limits.outcomes),
                  std::make_shared<memory_report_store>(limits.reports),
                  nullptr,
                  nullptr};
  const auto shared = std::make_shared<database>(*std::move(where));
  if (const auto there = shared->ping(); !there && there.error().code != errc::unavailable)
    return there.error();
  return stores{std::make_shared<sql_challenge_store>(shared, limits.challenges),
                std::make_shared<sql_policy_store>(shared, limits.policies),
                std::make_shared<sql_reference_store>(shared, limits.references),
                std::make_shared<sql_outcome_store>(shared, limits.outcomes),
                std::make_shared<sql_report_store>(shared, limits.reports),
                std::make_shared<sql_version_store>(shared, limits.versions),
                std::make_shared<sql_peer_store>(shared, limits.peer_bytes)};
}

} // namespace troth::store
