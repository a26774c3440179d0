#include "services/gateway/callers.hpp"

#include "services/authentication.hpp"
#include "shared/base/algorithm.hpp"
#include "shared/base/hex.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace troth::services {

namespace {

constexpr std::size_t max_tokens_bytes = std::size_t{1024} * 1024;

result<accepted_token> read_token(std::istringstream& words, const std::string& place) {
  std::string digest;
  std::string roles;
  std::string name;
  std::string more;
  words >> digest >> roles >> name;
  if (roles.empty() || words >> more)
    return error{errc::malformed, place + "expected DIGEST ROLE+ROLE [NAME]"};
  auto read = from_hex(digest);
  if (!read || read->size() != digest_size(hash_algorithm::sha256))
    return error{errc::malformed, place + "expected the SHA-256 of a token, 64 hex digits"};
  auto may = parse_roles(roles);
  if (!may)
    return error{may.error().code, place + may.error().where};
  return accepted_token{*std::move(read), {"token " + name, *std::move(may)}};
}

/// Returns the token of an Authorization header, if it has the form of a JWT.
std::string_view access_token_of(std::string_view authorization) {
  if (!bearer_digest(authorization))
    return {};
  const auto token = authorization.substr(authorization.find(' ') + 1);
  return std::ranges::count(token, '.') == 2 ? token : std::string_view{};
}

} // namespace

result<std::vector<token_issuer>> read_issuers(const std::vector<std::string>& texts,
                                               const std::string& key) {
  std::vector<token_issuer> out;
  for (const auto& text : texts) {
    const auto at = text.rfind('='); // a name may hold one
    if (at == 0 || at == std::string::npos)
      return error{errc::malformed, key + ": " + text + ": expected NAME=FILE"};
    const auto content = files::read(text.substr(at + 1), max_tokens_bytes);
    if (!content)
      return error{content.error().code, key + ": " + content.error().where};
    auto keys = crypto::parse_jwks(to_text(*content));
    if (!keys)
      return error{keys.error().code, key + ": " + text + ": " + keys.error().where};
    out.push_back({text.substr(0, at), *std::move(keys)});
  }
  return out;
}

result<std::vector<accepted_token>> read_tokens(const std::string& file, const std::string& key) {
  const auto content = files::read(file, max_tokens_bytes);
  if (!content)
    return error{content.error().code, key + ": " + content.error().where};
  std::vector<accepted_token> out;
  std::istringstream lines{to_text(*content)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto place = key + ": line " + std::to_string(++number) + ": ";
    std::istringstream words{line.substr(0, line.find('#'))};
    if ((words >> std::ws).eof())
      continue;
    auto read = read_token(words, place);
    if (!read)
      return read.error();
    out.push_back(*std::move(read));
    if (out.back().who.name == "token ")
      out.back().who.name += std::to_string(number);
  }
  if (out.empty())
    return error{errc::missing, key + ": " + file + " holds none"};
  return out;
}

const std::vector<role>& named_roles::find(const std::string& name) const {
  const auto at = of.find(name);
  return at == of.end() ? of_others : at->second;
}

result<named_roles> read_named_roles(const std::vector<std::string>& texts,
                                     const std::string& key) {
  named_roles out;
  for (const auto& text : texts) {
    const auto at = text.rfind('='); // a name may hold one
    if (at == 0 || at == std::string::npos)
      return error{errc::malformed, key + ": " + text + ": expected NAME=ROLE+ROLE"};
    auto roles = parse_roles(std::string_view{text}.substr(at + 1));
    if (!roles)
      return error{roles.error().code, key + ": " + text + ": " + roles.error().where};
    const auto name = text.substr(0, at);
    (name == "*" ? out.of_others : out.of[name]) = *std::move(roles);
  }
  return out;
}

caller loopback_caller(bool uses_keys) {
  caller out{"loopback", {role::attester, role::relying_party}};
  if (uses_keys)
    out.roles.push_back(role::key_user);
  return out;
}

caller_book caller_book::of_loopback(caller everybody) {
  caller_book out{std::vector<accepted_token>{}, named_roles{}};
  out.anybody_ = std::move(everybody);
  return out;
}

std::optional<caller> caller_book::find(const credentials& shown) const {
  if (anybody_)
    return anybody_;
  if (!shown.authorization.empty()) {
    if (const auto token = access_token_of(shown.authorization); now_ && !token.empty()) {
      const auto read = read_access_token(token, rules_, now_());
      return read ? std::optional{*read} : std::nullopt;
    }
    const auto given = bearer_digest(shown.authorization);
    const caller* found = nullptr;
    // All of them, so that how long it takes says nothing about any.
    for (const auto& one : tokens_)
      if (given && is_same(one.digest, *given))
        found = &one.who;
    return found != nullptr ? std::optional{*found} : std::nullopt;
  }
  if (shown.certificate_names.empty())
    return std::nullopt;
  for (const auto& name : shown.certificate_names)
    if (certificates_.of.contains(name))
      return caller{"certificate " + name, certificates_.find(name)};
  return caller{"certificate " + shown.certificate_names.front(), certificates_.of_others};
}

} // namespace troth::services
