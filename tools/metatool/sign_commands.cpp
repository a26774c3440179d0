#include "shared/device/signing_key.hpp"
#include "shared/device/tpm_esys.hpp"
#include "shared/files/files.hpp"
#include "tools/metatool/commands.hpp"
#include "tools/metatool/remarks.hpp"

#include <sys/random.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

namespace troth::metatool {

namespace {

constexpr std::string_view in_tpm = "tpm:";
constexpr std::size_t seed_bytes = 32;

result<std::uint32_t> parse_handle(std::string_view text) {
  auto digits = text;
  if (digits.starts_with("0x"))
    digits.remove_prefix(2);
  std::uint32_t out = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [at, why] = std::from_chars(digits.data(), end, out, 16);
  if (digits.empty() || why != std::errc{} || at != end)
    return error{errc::malformed, "handle: expected hex, got " + std::string{text}};
  return out;
}

result<std::string> read_password(const path& file) {
  if (file.empty())
    return std::string{};
  auto text = read_pem(file);
  if (!text)
    return text;
  return text->substr(0, text->find_first_of("\r\n"));
}

result<device::kept_key> find_key(std::string_view handle, const std::string& tcti,
                                  const path& password) {
  if (tcti.empty())
    return error{errc::missing, "--tcti"};
  const auto number = parse_handle(handle);
  if (!number)
    return number.error();
  auto secret = read_password(password);
  if (!secret)
    return secret.error();
  return device::kept_key{tcti, *number, *std::move(secret)};
}

result<std::vector<std::string>> read_certificates(const std::string& files) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= files.size();) {
    const auto comma = std::min(files.find(',', at), files.size());
    auto pem = read_pem(files.substr(at, comma - at));
    if (!pem)
      return pem.error();
    out.push_back(*std::move(pem));
    at = comma + 1;
  }
  return out;
}

result<identity> in_a_tpm(const std::string& key, const sign_options& options,
                          const std::vector<std::string>& certificates) {
  const auto which = find_key(std::string_view{key}.substr(in_tpm.size()), options.tcti,
                              options.tpm_password);
  if (!which)
    return which.error();
  auto opened = device::open_signing_key(*which);
  if (!opened)
    return opened.error();
  // A connection for each signature: a TPM may have room for one at a time.
  const auto half = (*opened)->public_half();
  return make_identity(
    half,
    [which = *which](signature_algorithm algorithm, byte_view message) -> result<bytes> {
      const auto again = device::open_signing_key(which);
      if (!again)
        return again.error();
      return (*again)->sign(algorithm, message);
    },
    certificates);
}

result<identity> read_identity(const std::string& key, const std::string& certificates,
                               const sign_options& options) {
  const auto pems = read_certificates(certificates);
  if (!pems)
    return pems.error();
  auto made = key.starts_with(in_tpm) ? in_a_tpm(key, options, *pems) : [&]() -> result<identity> {
    const auto pem = read_pem(key);
    if (!pem)
      return pem.error();
    return make_identity(*pem, *pems);
  }();
  if (!made)
    return error{made.error().code, made.error().where + " (" + key + ")"};
  return made;
}

result<bytes> make(const sign_options& options, const ports& world) {
  if (options.keys.size() != options.certificates.size())
    return error{errc::missing, "each --key has its --certs"};
  device::quiet_tpm_library();
  std::vector<identity> signers;
  for (std::size_t i = 0; i < options.keys.size(); ++i) {
    auto read = read_identity(options.keys[i], options.certificates[i], options);
    if (!read)
      return read.error();
    signers.push_back(*std::move(read));
  }
  for (const auto& each : unfit_signers(signers))
    remark(world, "warning: verifiers refuse this signer by default: " + each);
  const auto payload = files::read(options.in, max_input);
  if (!payload)
    return payload.error();
  return sign(*payload, signers, options.format, options.padding);
}

result<bytes> make(const create_key_options& options) {
  const auto which = find_key(options.handle, options.tcti, options.password);
  if (!which)
    return which.error();
  device::quiet_tpm_library();
  bytes seed(seed_bytes);
  if (getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size()))
    return error{errc::io, "getrandom"};
  const auto made = device::create_signing_key(*which, options.kind, seed);
  if (!made)
    return made.error();
  return to_bytes(made->pem());
}

} // namespace

terminal::exit_code create(const create_key_options& options, const ports& world) {
  return write(make(options), options.out, world);
}

terminal::exit_code run(const sign_options& options, const ports& world) {
  return write(make(options, world), options.out, world);
}

} // namespace troth::metatool
