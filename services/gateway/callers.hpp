#pragma once

#include "services/caller.hpp"
#include "services/gateway/access_token.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troth::services {

/// A bearer token, of which only the digest is known.
struct accepted_token {
  bytes digest; ///< SHA-256.
  caller who;
};

/// Reads a file of tokens: `DIGEST ROLE+ROLE [NAME]` a line, the digest in hex; what is behind a
/// `#` is a comment.
/// @param key of the configuration, for errors.
/// @returns `missing` if it holds none; `malformed`; `unsupported` for a role that there is not;
///          and what `files::read` returns.
result<std::vector<accepted_token>> read_tokens(const std::string& file, const std::string& key);

/// Names with their roles, as a configuration gives them: `NAME=ROLE+ROLE` each.
struct named_roles {
  std::map<std::string, std::vector<role>> of;
  std::vector<role> of_others; ///< Given to `*`.

  const std::vector<role>& find(const std::string& name) const;
};

/// @returns `malformed`, `unsupported`.
result<named_roles> read_named_roles(const std::vector<std::string>& texts, const std::string& key);

/// Reads the issuers of access tokens, `NAME=FILE` each, the file a JWK set.
/// @returns `malformed`; what `crypto::parse_jwks` and `files::read` return.
result<std::vector<token_issuer>> read_issuers(const std::vector<std::string>& texts,
                                               const std::string& key);

/// Finds out who asks, from what a request shows. Roles are never added up: whoever sends a token
/// is who the token says, whatever certificate the connection has.
class caller_book {
public:
  /// Everybody is that caller: for the loopback interface, where nothing else is configured.
  static caller_book of_loopback(caller everybody);

  caller_book(std::vector<accepted_token> tokens, named_roles certificates)
    : tokens_(std::move(tokens)), certificates_(std::move(certificates)) {
    // nop
  }

  /// From now on takes access tokens, too.
  void accept(token_rules rules, std::function<time_point()> now) {
    rules_ = std::move(rules);
    now_ = std::move(now);
  }

  /// @returns nothing for who has not shown who it is, or has sent a token that is none of ours.
  std::optional<caller> find(const credentials& shown) const;

private:
  std::vector<accepted_token> tokens_;
  named_roles certificates_;
  std::optional<caller> anybody_;
  token_rules rules_;
  std::function<time_point()> now_;
};

/// Returns who a caller of this machine is that shows nothing: an attester and a relying party, and
/// where `uses_keys` a user of TLS keys.
caller loopback_caller(bool uses_keys);

} // namespace troth::services
