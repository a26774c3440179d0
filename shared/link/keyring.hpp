#pragma once

#include "shared/base/result.hpp"

#include <openssl/ssl.h>

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace troth::link {

/// Files that say who we are, and who others are not.
struct credentials {
  std::string ca;          ///< PEM, of the deployment: every peer's certificate chains to it.
  std::string certificate; ///< PEM: ours, and the chain above it.
  std::string key;         ///< PEM.
  std::string denied;      ///< Certificates that are no longer good; empty: none.
};

/// Reads a deny list: a line is the SHA-256 of a certificate in hex, colons or not, a name and `=`
/// before it or not, with `#` before what is for people.
/// @returns the digests, in lower-case hex without colons; `malformed`.
result<std::set<std::string>> parse_deny_list(std::string_view text);

/// Holds what the files say. Any thread may ask.
class keyring {
public:
  /// Loads the files.
  /// @param role ours, as our certificate must name it.
  /// @returns `missing` without all of ca, certificate and key; `io` if one cannot be used;
  ///          `forbidden` if our certificate does not name our role; `untrusted` if it does not
  ///          chain to the CA; as `parse_deny_list`.
  static result<std::shared_ptr<keyring>> open(const credentials& files, const std::string& role);

  /// Returns what new connections are to use.
  std::shared_ptr<SSL_CTX> context() const;

  bool is_denied(const std::string& fingerprint) const;

  /// Loads the files anew if one of them has changed since.
  /// @returns whether there is something new; as `open` if what changed cannot be used: then what
  ///          was loaded before stays, and the files are looked at again once they change.
  result<bool> refresh();

private:
  using times = std::array<std::filesystem::file_time_type, 4>;
  struct loaded {
    std::shared_ptr<SSL_CTX> context;
    std::set<std::string> denied;
  };

  keyring(const credentials& files, const std::string& role);
  times look() const;
  result<loaded> load() const;

  const credentials files_;
  const std::string role_;
  mutable std::mutex mutex_;
  loaded current_; // guarded by mutex_
  times seen_{};   // of one thread
};

} // namespace troth::link
