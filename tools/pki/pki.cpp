#include "tools/pki/pki.hpp"

#include "shared/crypto/issue.hpp"
#include "shared/files/files.hpp"
#include "tools/pki/role.hpp"

#include <algorithm>
#include <cctype>
#include <system_error>

namespace troth::pki {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_file_bytes = std::size_t{1024} * 1024;
constexpr std::chrono::minutes clock_skew{5}; // of whoever checks a new certificate

struct issuer {
  crypto::certificate certificate;
  crypto::private_key key;
};

fs::path certificate_file(const fs::path& prefix) {
  return prefix.string() + ".pem";
}

fs::path key_file(const fs::path& prefix) {
  return prefix.string() + ".key";
}

result<std::string> read_text(const fs::path& file) {
  const auto content = files::read(file, max_file_bytes);
  if (!content)
    return content.error();
  return to_text(*content);
}

result<crypto::private_key> read_key(const fs::path& prefix) {
  const auto text = read_text(key_file(prefix));
  if (!text)
    return text.error();
  auto key = crypto::private_key::from_pem(*text);
  if (!key)
    return error{key.error().code, key_file(prefix).string() + ": " + key.error().where};
  return key;
}

/// Refuses if either file of a key and its certificate is there.
result<void> require_absent(const fs::path& prefix) {
  for (const auto& file : {certificate_file(prefix), key_file(prefix)}) {
    std::error_code why;
    if (fs::exists(fs::symlink_status(file, why)))
      return error{errc::conflict, file.string() + " is there already"};
  }
  return {};
}

result<void> write_key(const fs::path& prefix, const crypto::private_key& key) {
  return files::write(key_file(prefix), to_bytes(key.pem()), files::access::owner);
}

result<void> write_certificates(const fs::path& prefix, const std::string& pem) {
  return files::write(certificate_file(prefix), to_bytes(pem), files::access::everyone);
}

/// Writes both files, or neither.
result<void> write_new(const fs::path& prefix, const crypto::private_key& key,
                       const std::string& pem) {
  if (auto written = write_key(prefix, key); !written)
    return written;
  auto written = write_certificates(prefix, pem);
  if (!written) {
    std::error_code ignored;
    fs::remove(key_file(prefix), ignored);
  }
  return written;
}

crypto::certificate_content content_of(const authority& of, const std::string& organization,
                                       validity valid) {
  crypto::certificate_content content;
  content.subject = {std::string{of.common_name}, organization};
  content.key_usages = {crypto::key_usage::certificate_sign, crypto::key_usage::crl_sign};
  content.extended_key_usages = {of.extended_key_usages.begin(), of.extended_key_usages.end()};
  content.ca = crypto::authority{0};
  content.not_before = valid.now - clock_skew;
  content.not_after = valid.now + valid.period;
  return content;
}

/// Adds the name that peers know a process by, where nothing else is asked for.
/// @returns `malformed` if its common name cannot be that of a host.
result<holder> named(holder to, const role& of) {
  if (!of.names_role || !to.dns_names.empty() || !to.ip_addresses.empty())
    return to;
  constexpr std::size_t max_name = 253; // RFC 1123, 2.1
  const auto is_of_host = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.';
  };
  if (to.name.empty() || to.name.size() > max_name || !std::ranges::all_of(to.name, is_of_host))
    return error{errc::malformed,
                 "name \"" + to.name + "\": not a host's; say with --dns or --ip what it is"};
  to.dns_names = {to.name};
  return to;
}

crypto::certificate_content content_of(const role& of, const holder& to,
                                       const crypto::certificate& ca, validity valid) {
  crypto::certificate_content content;
  content.subject = {to.name, to.organization};
  content.dns_names = to.dns_names;
  content.ip_addresses = to.ip_addresses;
  if (of.names_role)
    content.uris = {role_uri(of)};
  content.key_usages = {crypto::key_usage::digital_signature};
  content.extended_key_usages = {of.extended_key_usages.begin(), of.extended_key_usages.end()};
  content.not_before = std::max(valid.now - clock_skew, ca.not_before());
  content.not_after = std::min<time_point>(valid.now + valid.period, ca.not_after());
  return content;
}

result<issuer> load(const fs::path& folder, std::string_view name, time_point now) {
  const auto prefix = folder / name;
  const auto certificates = read_certificates(certificate_file(prefix));
  if (!certificates && certificates.error().code == errc::not_found)
    return error{errc::not_found, certificates.error().where + "; add-ca makes one"};
  if (!certificates)
    return certificates.error();
  auto key = read_key(prefix);
  if (!key)
    return key.error();
  const auto& ca = certificates->front();
  if (now >= ca.not_after() || now < ca.not_before())
    return error{errc::expired, "\"" + ca.subject() + "\" is valid from "
                                  + format_time(ca.not_before()) + " until "
                                  + format_time(ca.not_after())};
  return issuer{ca, *std::move(key)};
}

result<authority> find_authority(std::string_view name) {
  const auto at = std::ranges::find(authorities(), name, &authority::name);
  if (at != authorities().end())
    return *at;
  std::string known;
  for (const auto& one : authorities())
    known += (known.empty() ? "" : ", ") + std::string{one.name};
  return error{errc::unsupported, "CA " + std::string{name} + "; there are " + known};
}

/// Makes the key and the certificate of an authority, and writes both.
result<crypto::certificate> make_authority(const fs::path& folder, const authority& of,
                                           const std::string& organization, validity valid) {
  const auto key = crypto::private_key::generate(crypto::key_kind::p256);
  if (!key)
    return key.error();
  auto certificate = crypto::self_sign(content_of(of, organization, valid), *key);
  if (!certificate)
    return certificate;
  if (const auto written = write_new(folder / of.name, *key, certificate->pem()); !written)
    return written.error();
  return certificate;
}

/// What an old certificate said of its holder.
holder holder_of(const crypto::certificate& old, const role& of) {
  return {std::string{of.name}, old.subject_common_name(), old.subject_organization(),
          old.dns_names(), old.ip_addresses()};
}

/// Refuses unless `ca` issued `old`, however long ago.
result<void> require_issued_by(const crypto::certificate& old, const crypto::certificate& ca,
                               time_point now) {
  const auto path = crypto::verify_chain(old, {}, {&ca, 1}, {now, {}});
  if (!path && path.error().code != errc::expired)
    return path.error();
  return {};
}

result<crypto::private_key> key_for(const fs::path& prefix, const crypto::certificate& old,
                                    key_choice choice) {
  if (choice == key_choice::renew)
    return crypto::private_key::generate(crypto::key_kind::p256);
  auto key = read_key(prefix);
  if (key && !(key->public_half() == old.key()))
    return error{errc::conflict, key_file(prefix).string() + " is not the key of "
                                   + certificate_file(prefix).string()};
  return key;
}

} // namespace

result<std::vector<crypto::certificate>> read_certificates(const fs::path& file) {
  const auto text = read_text(file);
  if (!text)
    return text.error();
  auto certificates = crypto::certificate::from_pem(*text);
  if (!certificates)
    return error{certificates.error().code, file.string() + ": " + certificates.error().where};
  return certificates;
}

result<std::vector<crypto::certificate>> init(const fs::path& folder,
                                              const std::string& organization, validity valid) {
  for (const auto& one : authorities())
    if (const auto absent = require_absent(folder / one.name); !absent)
      return absent.error();
  std::vector<crypto::certificate> made;
  for (const auto& one : authorities()) {
    auto certificate = make_authority(folder, one, organization, valid);
    if (!certificate)
      return certificate.error();
    made.push_back(*std::move(certificate));
  }
  return made;
}

result<crypto::certificate> add_authority(const fs::path& folder, std::string_view name,
                                          std::string organization, validity valid) {
  const auto of = find_authority(name);
  if (!of)
    return of.error();
  if (const auto absent = require_absent(folder / of->name); !absent)
    return absent.error();
  auto is_alone = true;
  for (const auto& one : authorities()) {
    const auto other = read_certificates(certificate_file(folder / one.name));
    if (!other)
      continue;
    is_alone = false;
    if (organization.empty())
      organization = other->front().subject_organization();
  }
  if (is_alone)
    return error{errc::not_found, folder.string() + ": no CAs; init makes them all"};
  return make_authority(folder, *of, organization, valid);
}

result<crypto::certificate> issue(const fs::path& folder, const holder& to, const fs::path& prefix,
                                  validity valid) {
  const auto role = find_role(to.role);
  if (!role)
    return role.error();
  const auto whom = named(to, *role);
  if (!whom)
    return whom.error();
  if (const auto absent = require_absent(prefix); !absent)
    return absent.error();
  const auto ca = load(folder, role->ca, valid.now);
  if (!ca)
    return ca.error();
  const auto key = crypto::private_key::generate(crypto::key_kind::p256);
  if (!key)
    return key.error();
  auto made = crypto::issue(content_of(*role, *whom, ca->certificate, valid), key->public_half(),
                            ca->certificate, ca->key);
  if (!made)
    return made;
  if (const auto written = write_new(prefix, *key, made->pem() + ca->certificate.pem()); !written)
    return written.error();
  return made;
}

result<crypto::certificate> renew(const fs::path& folder, const fs::path& prefix, key_choice choice,
                                  validity valid) {
  const auto certificates = read_certificates(certificate_file(prefix));
  if (!certificates)
    return certificates.error();
  const auto& old = certificates->front();
  const auto role = role_of(old);
  if (!role)
    return role.error();
  const auto whom = named(holder_of(old, *role), *role);
  if (!whom)
    return whom.error();
  const auto ca = load(folder, role->ca, valid.now);
  if (!ca)
    return ca.error();
  if (const auto issued = require_issued_by(old, ca->certificate, valid.now); !issued)
    return issued.error();
  const auto key = key_for(prefix, old, choice);
  if (!key)
    return key.error();
  auto made = crypto::issue(content_of(*role, *whom, ca->certificate, valid), key->public_half(),
                            ca->certificate, ca->key);
  if (!made)
    return made;
  if (choice == key_choice::renew)
    if (const auto written = write_key(prefix, *key); !written)
      return written.error();
  if (const auto written = write_certificates(prefix, made->pem() + ca->certificate.pem());
      !written)
    return written.error();
  return made;
}

result<crypto::certificate> renew_authority(const fs::path& folder, std::string_view name,
                                            validity valid) {
  const auto of = find_authority(name);
  if (!of)
    return of.error();
  const auto certificates = read_certificates(certificate_file(folder / name));
  if (!certificates)
    return certificates.error();
  const auto& old = certificates->front();
  const auto key = key_for(folder / name, old, key_choice::keep);
  if (!key)
    return key.error();
  auto made = crypto::self_sign(content_of(*of, old.subject_organization(), valid), *key);
  if (!made)
    return made;
  if (const auto written = write_certificates(folder / name, made->pem()); !written)
    return written.error();
  return made;
}

} // namespace troth::pki
