#include "tools/pki/description.hpp"

#include "shared/base/hex.hpp"
#include "tools/pki/role.hpp"

#include <vector>

namespace troth::pki {

namespace {

using terminal::mark;
using terminal::tone;

constexpr std::chrono::days soon{30};

mark state_of(const crypto::certificate& one, time_point now) {
  if (now < one.not_before())
    return {"NOT YET VALID", tone::bad};
  if (now >= one.not_after())
    return {"EXPIRED", tone::bad};
  if (now + soon >= one.not_after())
    return {"EXPIRES SOON", tone::caution};
  return {"VALID", tone::good};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string purpose_of(const crypto::certificate& one) {
  if (one.is_ca())
    return "issues certificates";
  const auto role = role_of(one);
  return role ? std::string{role->name} + ": shows " + std::string{role->says}
              : "no role of this deployment";
}

} // namespace

std::string describe(std::span<const crypto::certificate> certificates, time_point now,
                     terminal::screen to, std::size_t width) {
  terminal::sheet out{to, width};
  for (const auto& one : certificates) {
    out.heading(state_of(one, now), one.subject());
    out.row(2, "for", purpose_of(one));
    out.row(2, "valid from", format_time(one.not_before()));
    out.row(2, "until", format_time(one.not_after()));
    out.row(2, "issuer", one.issuer());
    out.row(2, "serial", one.serial());
    out.row(2, "key", name(one.key().kind()));
    out.row(2, "EKU", joined(one.extended_key_usages()));
    out.row(2, "DNS", joined(one.dns_names()));
    out.row(2, "IP", joined(one.ip_addresses()));
    out.row(2, "URI", joined(one.uris()));
    out.row(2, "SHA-256", hex(one.sha256().view()));
  }
  return std::move(out).take();
}

} // namespace troth::pki
