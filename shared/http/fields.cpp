#include "shared/http/fields.hpp"

#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace troth::http {

namespace {

namespace beast = boost::beast;
using beast::http::field;

constexpr std::array hops{field::connection,
                          field::keep_alive,
                          field::proxy_connection,
                          field::proxy_authorization,
                          field::proxy_authenticate,
                          field::te,
                          field::trailer,
                          field::upgrade,
                          field::expect};

/// A name as servers that make variables of it see it.
std::string folded(beast::string_view name) {
  std::string out{name};
  for (auto& c : out)
    c = c == '_' ? '-' : beast::detail::ascii_tolower(c);
  return out;
}

/// What a field can hold, of what a certificate may.
std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& each : texts) {
    out += out.empty() ? "" : ", ";
    for (const auto c : each)
      out += c < ' ' || c > '~' || c == ',' ? '?' : c;
  }
  return out;
}

void set(beast::http::fields& into, std::string_view name, const std::string& value) {
  if (!value.empty())
    into.set(std::string{peer_prefix} + std::string{name}, value);
}

} // namespace

void forget_peer(beast::http::fields& from) {
  const auto prefix = folded({peer_prefix.data(), peer_prefix.size()});
  for (auto each = from.begin(); each != from.end();)
    each = folded(each->name_string()).starts_with(prefix) ? from.erase(each) : std::next(each);
}

void tell_peer(beast::http::fields& into, const atls::peer& who) {
  forget_peer(into);
  set(into, "Verdict", who.is_attested ? "trusted" : "not-attested");
  set(into, "Signer", listed(who.verdict.signers));
  set(into, "Certificate", who.tls.fingerprint);
  set(into, "Names", listed(who.tls.names));
  set(into, "Address", who.address);
}

void remove_hops(beast::http::fields& from) {
  std::vector<std::string> named;
  for (const auto& each : beast::http::token_list{from[field::connection]})
    named.emplace_back(each);
  for (const auto& each : named) // a peer cannot have these two taken away
    if (!beast::iequals(each, "content-length") && !beast::iequals(each, "transfer-encoding"))
      from.erase(each);
  for (const auto each : hops)
    from.erase(each);
}

} // namespace troth::http
