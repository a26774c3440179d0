#include "shared/store/open.hpp"

#include "shared/store/connection.hpp"
#include "shared/store/memory_challenge_store.hpp"
#include "shared/store/sql_challenge_store.hpp"

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

result<std::unique_ptr<challenge_store>>
open_challenge_store(std::string_view url, std::size_t capacity, const std::string& password_file) {
  const auto password = read_password(password_file);
  if (!password)
    return password.error();
  auto where = parse_connection(url, *password);
  if (!where)
    return where.error();
  if (where->kind == engine::memory)
    return std::unique_ptr<challenge_store>{std::make_unique<memory_challenge_store>(capacity)};
  std::unique_ptr<challenge_store> store = std::make_unique<sql_challenge_store>(*std::move(where),
                                                                                 capacity);
  if (const auto there = store->ping(); !there && there.error().code != errc::unavailable)
    return there.error();
  return store;
}

} // namespace troth::store
