#include "tools/testtool/token.hpp"

#include "shared/files/files.hpp"
#include "tools/terminal/text.hpp"

#include <ostream>

namespace troth::testtool {

namespace {

using report::trust_claim;

constexpr std::size_t max_token = std::size_t{1024} * 1024;

std::string shown(std::string_view text) {
  return terminal::printable(text, terminal::charset::ascii);
}

std::string time_of(std::int64_t seconds) {
  constexpr std::int64_t last = 253'402'300'799; // of the year 9999
  if (seconds > last)
    return std::to_string(seconds);
  return format_time(time_point{std::chrono::seconds{seconds}});
}

void print_part(std::ostream& out, const std::string& label, const report::ear_appraisal& part) {
  out << shown(label) << "  " << name(part.status) << '\n';
  for (std::size_t n = 0; n < report::trust_claim_count; ++n) {
    const auto claim = static_cast<trust_claim>(n);
    if (const auto value = part.vector[claim]; value != 0)
      out << "  " << name(claim) << ' ' << int{value} << " (" << name(report::tier_of(value))
          << ")\n";
  }
  for (const auto& policy : part.policy_ids)
    out << "  policy " << shown(policy) << '\n';
}

void print(std::ostream& out, const report::ear_claims& claims) {
  out << "profile " << shown(claims.profile) << "\nverifier " << shown(claims.developer) << ' '
      << shown(claims.build) << "\nissued " << time_of(claims.issued_at) << '\n';
  if (claims.expires)
    out << "expires " << time_of(*claims.expires) << '\n';
  if (!claims.issuer.empty())
    out << "issuer " << shown(claims.issuer) << '\n';
  if (claims.status)
    out << "status " << name(*claims.status) << '\n';
  for (const auto& [label, part] : claims.parts)
    print_part(out, label, part);
}

/// A JWT in a file may end with line breaks, which are not of it.
void trim(bytes& token) {
  while (!token.empty() && token.front() == 'e' && (token.back() == '\n' || token.back() == '\r'))
    token.pop_back();
}

} // namespace

terminal::exit_code read_token(const token_options& options, const ports& world) {
  auto token = files::read(options.token, max_token);
  const auto text = token ? files::read(options.keys, max_token) : result<bytes>{token.error()};
  if (!text) {
    complain(world, text.error());
    return terminal::exit_code_for(text.error().code);
  }
  const auto keys = crypto::parse_jwks(to_text(*text));
  if (!keys) {
    complain(world, keys.error());
    return terminal::usage;
  }
  auto carried = *std::move(token);
  trim(carried);
  auto expected = options.expected;
  if (expected.now == time_point{})
    expected.now = world.now();
  const auto claims = report::verify_ear(carried, *keys, expected);
  if (!claims) {
    complain(world, claims.error());
    return terminal::attestation_failed;
  }
  print(world.out, **claims);
  return exit_code_for(verdict_of(**claims));
}

} // namespace troth::testtool
