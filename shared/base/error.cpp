#include "shared/base/error.hpp"

namespace troth {

std::string_view name(errc code) noexcept {
  switch (code) {
  case errc::truncated:
    return "truncated";
  case errc::trailing:
    return "trailing";
  case errc::malformed:
    return "malformed";
  case errc::too_large:
    return "too_large";
  case errc::unsupported:
    return "unsupported";
  case errc::bad_signature:
    return "bad_signature";
  case errc::no_challenge:
    return "no_challenge";
  case errc::untrusted:
    return "untrusted";
  case errc::expired:
    return "expired";
  case errc::weak:
    return "weak";
  case errc::missing:
    return "missing";
  case errc::unknown_key:
    return "unknown_key";
  case errc::forbidden:
    return "forbidden";
  case errc::not_found:
    return "not_found";
  case errc::conflict:
    return "conflict";
  case errc::unauthenticated:
    return "unauthenticated";
  case errc::io:
    return "io";
  case errc::no_endorsement:
    return "no_endorsement";
  case errc::exhausted:
    return "exhausted";
  case errc::unavailable:
    return "unavailable";
  case errc::timeout:
    return "timeout";
  case errc::internal:
    return "internal";
  }
  return {};
}

std::string to_string(const error& why) {
  auto out = std::string{name(why.code)};
  if (!why.where.empty())
    out += ": " + why.where;
  return out;
}

} // namespace troth
