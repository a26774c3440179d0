#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/certificate_request.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::endorsement {

/// Which names a machine may have its TLS keys certified for. None that is not listed.
class key_names {
public:
  /// @param hosts     host names; in each, `*` in front stands for one whole label, and `{machine}`
  ///                  for what the machine is called, if that is one label: who is called
  ///                  `example.com` has not shown to be that host.
  /// @param addresses networks, `ADDRESS/BITS`, or single addresses, of either version.
  /// @returns `malformed` with the entry that is none.
  static result<key_names> make(std::span<const std::string> hosts,
                                std::span<const std::string> addresses);

  /// Checks every name that is asked for, the common name among them.
  /// @param machine what a CA of attestation keys calls it; empty: nobody says.
  /// @returns `forbidden`, with the name.
  result<void> check(const crypto::certificate_request& asked, std::string_view machine) const;

private:
  struct network {
    bytes prefix; ///< 4 or 16 bytes.
    unsigned bits = 0;
  };

  static result<network> make_network(const std::string& text);
  bool allows_host(std::string_view name, std::string_view machine) const;
  bool allows_address(const std::string& text) const;

  std::vector<std::string> hosts_; // in lower case
  std::vector<network> networks_;
};

} // namespace troth::endorsement
