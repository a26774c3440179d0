#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::pki {

/// When a certificate is made, and for how long.
struct validity {
  time_point now;
  std::chrono::days period; ///< Cut where the CA's own ends.
};

/// Makes every authority: FOLDER/NAME.pem and FOLDER/NAME.key (0600).
/// @returns the certificates; `conflict` if any of the files is there, and nothing is
///          written; `io`.
result<std::vector<crypto::certificate>> init(const std::filesystem::path& folder,
                                              const std::string& organization, validity valid);

/// Makes one authority beside those that are there: which earlier versions did not know.
/// @param organization empty: that of the others.
/// @returns the certificate; `unsupported` if there is no such authority; `conflict` if one of its
///          files is there; `not_found` if none of the others is; `io`.
result<crypto::certificate> add_authority(const std::filesystem::path& folder,
                                          std::string_view name, std::string organization,
                                          validity valid);

/// Whom a certificate is for.
struct holder {
  std::string role;
  std::string name; ///< The common name.
  std::string organization;
  std::vector<std::string> dns_names;    ///< With neither, a process's is its common name.
  std::vector<std::string> ip_addresses; ///< In text.
};

/// Makes a key and a certificate for it: PREFIX.key (0600), and PREFIX.pem with the
/// certificate and that of its CA.
/// @returns the certificate; `conflict` if a file is there; `not_found` if the CA is not;
///          `unsupported` for a role that is none; `malformed` for a name that cannot be;
///          `expired` if the CA is; `io`.
result<crypto::certificate> issue(const std::filesystem::path& folder, const holder& to,
                                  const std::filesystem::path& prefix, validity valid);

enum class key_choice { keep, renew };

/// Replaces PREFIX.pem by one with the same names and a new period.
/// @param key with `renew` PREFIX.key is replaced too, just before it.
/// @returns the certificate; `untrusted` if the old one is not by the CA in `folder`;
///          `conflict` if PREFIX.key is not its key; as `issue` otherwise.
result<crypto::certificate> renew(const std::filesystem::path& folder,
                                  const std::filesystem::path& prefix, key_choice key,
                                  validity valid);

/// Replaces the certificate of an authority, and keeps its key: what it issued stays valid.
/// @returns the certificate; `unsupported` if there is no such authority; `not_found`, `io`.
result<crypto::certificate> renew_authority(const std::filesystem::path& folder,
                                            std::string_view name, validity valid);

/// Reads the certificates of a PEM file.
/// @returns `not_found`, `io`, `malformed`.
result<std::vector<crypto::certificate>> read_certificates(const std::filesystem::path& file);

} // namespace troth::pki
