#include "shared/link/keyring.hpp"

#include "shared/crypto/shown_certificate.hpp"
#include "shared/files/files.hpp"
#include "shared/link/admission.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace troth::link {

namespace {

constexpr std::size_t max_list_bytes = std::size_t{4} * 1024 * 1024;
constexpr std::size_t fingerprint_digits = 64;

// OpenSSL's own list begins with AES-256, which costs 14 rounds where AES-128 costs 10.
constexpr const char* cipher_suites
  = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

error unusable(const char* what, const std::string& file) {
  std::array<char, 256> why{};
  ERR_error_string_n(ERR_peek_last_error(), why.data(), why.size());
  ERR_clear_error();
  return {errc::io, std::string{what} + ' ' + file + ": " + why.data()};
}

/// Refuses what is no plain file: a pipe would keep who opens it waiting for ever.
result<void> require_file(const char* what, const std::string& file) {
  if (file.find('\n') != std::string::npos || file.starts_with("-----"))
    return error{errc::malformed, std::string{what} + ": PEM, expected the name of a file"};
  std::error_code why;
  const auto is = std::filesystem::status(file, why);
  if (is.type() == std::filesystem::file_type::not_found)
    return error{errc::io, std::string{what} + ' ' + file + ": there is no such file"};
  if (why)
    return error{errc::io, std::string{what} + ' ' + file + ": " + why.message()};
  if (!std::filesystem::is_regular_file(is))
    return error{errc::io, std::string{what} + ' ' + file + ": not a plain file"};
  return {};
}

/// Asks nobody for the passphrase of a key: a service has no terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

/// Links are TLS 1.3 with certificates on both sides, each made anew.
result<std::shared_ptr<SSL_CTX>> load_context(const credentials& files) {
  for (const auto& [what, file] : {std::pair{"tls.ca", &files.ca},
                                   {"tls.certificate", &files.certificate},
                                   {"tls.key", &files.key}})
    if (const auto is_file = require_file(what, *file); !is_file)
      return is_file.error();
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> made{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  if (!made)
    return unusable("tls", "");
  SSL_CTX_set_min_proto_version(made.get(), TLS1_3_VERSION);
  if (SSL_CTX_set_ciphersuites(made.get(), cipher_suites) != 1)
    return unusable("tls", "cipher suites");
  SSL_CTX_set_num_tickets(made.get(), 0); // the first bytes that a client gets are a greeting's
  SSL_CTX_set_session_cache_mode(made.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_default_passwd_cb(made.get(), no_passphrase);
  if (SSL_CTX_load_verify_locations(made.get(), files.ca.c_str(), nullptr) != 1)
    return unusable("tls.ca", files.ca);
  if (SSL_CTX_use_certificate_chain_file(made.get(), files.certificate.c_str()) != 1)
    return unusable("tls.certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(made.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return unusable("tls.key", files.key);
  return made;
}

result<void> check_certificate(SSL_CTX* loaded, const credentials& files,
                               const std::string& expected) {
  const auto ours = crypto::read_shown_certificate(SSL_CTX_get0_certificate(loaded));
  if (!ours)
    return ours.error();
  const auto now = std::chrono::system_clock::now();
  if (now < ours->not_before() || now >= ours->not_after())
    return error{errc::expired, "tls.certificate " + files.certificate + ": is good from "
                                  + format_time(ours->not_before()) + " until "
                                  + format_time(ours->not_after())};
  const auto role = role_of(*ours);
  if (!role)
    return error{errc::forbidden, files.certificate + ": " + role.error().where};
  if (*role != expected)
    return error{errc::forbidden, files.certificate + ": role " + *role + ", expected " + expected};
  return {};
}

/// Refuses a certificate of another CA here, not at the first peer.
result<void> check_chain(SSL_CTX* loaded, const std::string& file) {
  if (SSL_CTX_build_cert_chain(loaded, SSL_BUILD_CHAIN_FLAG_UNTRUSTED) == 1)
    return {};
  ERR_clear_error();
  return error{errc::untrusted,
               "tls.certificate " + file + ": no chain that is good now from it to tls.ca"};
}

} // namespace

result<std::set<std::string>> parse_deny_list(std::string_view text) {
  std::set<std::string> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const auto name_end = line.find('=') + 1; // as OpenSSL prints it; 0: there is none
    line.remove_prefix(name_end);
    std::string digits;
    for (const char c : line)
      if (c != ':' && c != ' ' && c != '\t' && c != '\r')
        digits += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (digits.empty() && name_end == 0)
      continue;
    if (digits.size() != fingerprint_digits
        || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
      return error{errc::malformed,
                   "line " + std::to_string(number) + ": expected a SHA-256 of 64 hex digits"};
    out.insert(std::move(digits));
  }
  return out;
}

keyring::keyring(const credentials& files, const std::string& role) : files_(files), role_(role) {
  // nop
}

result<std::shared_ptr<keyring>> keyring::open(const credentials& files, const std::string& role) {
  if (files.ca.empty() || files.certificate.empty() || files.key.empty())
    return error{errc::missing, "tls: ca, certificate and key are needed, all three"};
  std::shared_ptr<keyring> made{new keyring{files, role}};
  made->keys_part_.seen = made->keys_state();
  made->denied_part_.seen = made->denied_state();
  if (auto loaded = made->load_keys(); !loaded)
    return loaded.error();
  if (auto loaded = made->load_denied(); !loaded)
    return loaded.error();
  return made;
}

bool keyring::file_state::operator==(const file_state& other) const noexcept {
  return number == other.number && size_bytes == other.size_bytes
         && changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
}

keyring::file_state keyring::state_of(const std::string& file) {
  struct stat is {};
  if (stat(file.c_str(), &is) != 0)
    return {};
  return {is.st_ino, is.st_size, is.st_ctim};
}

std::vector<keyring::file_state> keyring::keys_state() const {
  return {state_of(files_.ca), state_of(files_.certificate), state_of(files_.key)};
}

std::vector<keyring::file_state> keyring::denied_state() const {
  return {state_of(files_.denied)};
}

result<void> keyring::load_keys() {
  auto fresh = load_context(files_);
  if (!fresh)
    return fresh.error();
  if (auto is_ours = check_certificate(fresh->get(), files_, role_); !is_ours)
    return is_ours;
  if (auto is_trusted = check_chain(fresh->get(), files_.certificate); !is_trusted)
    return is_trusted;
  const std::lock_guard lock{mutex_};
  context_ = *std::move(fresh);
  return {};
}

result<void> keyring::load_denied() {
  if (files_.denied.empty())
    return {};
  if (const auto is_file = require_file("tls.denied", files_.denied); !is_file)
    return is_file.error();
  const auto list = files::read(files_.denied, max_list_bytes);
  if (!list)
    return error{list.error().code, "tls.denied: " + list.error().where};
  auto denied = parse_deny_list(to_text(*list));
  if (!denied)
    return error{denied.error().code, "tls.denied: " + files_.denied + ": " + denied.error().where};
  const std::lock_guard lock{mutex_};
  denied_ = *std::move(denied);
  return {};
}

std::shared_ptr<SSL_CTX> keyring::context() const {
  const std::lock_guard lock{mutex_};
  return context_;
}

bool keyring::is_denied(const std::string& fingerprint) const {
  const std::lock_guard lock{mutex_};
  return denied_.contains(fingerprint);
}

keyring::news keyring::refresh() {
  news out;
  look_again(
    keys_part_, keys_state(), [this] { return load_keys(); }, out);
  look_again(
    denied_part_, denied_state(), [this] { return load_denied(); }, out);
  return out;
}

void keyring::look_again(part& of, std::vector<file_state> now,
                         const std::function<result<void>()>& load, news& into) {
  if (now == of.seen && of.trouble.empty())
    return;
  of.seen = std::move(now);
  const auto done = load();
  auto trouble = done ? std::string{} : to_string(done.error());
  if (done)
    into.is_fresh = true;
  else if (trouble != of.trouble)
    into.unusable.push_back(done.error());
  into.is_whole = into.is_whole && done;
  of.trouble = std::move(trouble);
}

} // namespace troth::link
