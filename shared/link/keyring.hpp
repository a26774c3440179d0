#pragma once

#include "shared/base/result.hpp"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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

  /// What a look at the files brought.
  struct news {
    bool is_fresh = false;            ///< Something was read anew.
    bool is_whole = true;             ///< All that the files say is in use.
    std::vector<error> unusable = {}; ///< What is not, each told once: as `open` returns it.
  };

  /// Reads anew what has changed since, and what could not be used: certificate and key together,
  /// the deny list by itself. What cannot be used leaves what was read before.
  news refresh();

private:
  /// What tells that a file is not the one that was read.
  struct file_state {
    ino_t number = 0; ///< 0: there is none.
    off_t size_bytes = 0;
    timespec changed{}; ///< Its content, its owner or its mode.

    bool operator==(const file_state& other) const noexcept;
  };
  /// Files that are read together.
  struct part {
    std::vector<file_state> seen = {};
    std::string trouble = {}; ///< Why what was seen is not in use; empty: it is.
  };

  keyring(const credentials& files, const std::string& role);
  static file_state state_of(const std::string& file);
  std::vector<file_state> keys_state() const;
  std::vector<file_state> denied_state() const;
  result<void> load_keys();
  result<void> load_denied();
  static void look_again(part& of, std::vector<file_state> now,
                         const std::function<result<void>()>& load, news& into);

  const credentials files_;
  const std::string role_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_; // guarded by mutex_
  std::set<std::string> denied_;     // guarded by mutex_
  part keys_part_;                   // of one thread, as is the other
  part denied_part_;
};

} // namespace troth::link
