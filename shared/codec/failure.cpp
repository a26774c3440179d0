#include "shared/codec/failure.hpp"

namespace troth::codec {

namespace {

std::string joined(std::string_view outer, std::string_view inner) {
  const auto is_member = !inner.empty() && !inner.starts_with('[');
  return std::string{outer} + (is_member ? "." : "") + std::string{inner};
}

} // namespace

void failure::within(std::string_view member) {
  path = joined(member, path);
}

error failure::at(std::string_view format, std::string_view place) const {
  auto where = joined(format, path);
  if (!place.empty())
    where += " " + std::string{place};
  if (!detail.empty())
    where += ": " + detail;
  return {code, where};
}

} // namespace troth::codec
