#include "shared/base/reader.hpp"

namespace troth {

byte_view reader::take(std::size_t n, std::string_view field) {
  field_start_ = size_ - rest_.size();
  require(n <= rest_.size(), errc::truncated, field);
  if (failure_)
    return {};
  auto taken = rest_.first(n);
  rest_ = rest_.subspan(n);
  return taken;
}

byte_view reader::sized16be(std::size_t max, std::string_view field) {
  const auto n = u16be(field);
  require(n <= max, errc::too_large, field);
  return take(n, field);
}

byte_view reader::sized32le(std::size_t max, std::string_view field) {
  const auto n = u32le(field);
  require(n <= max, errc::too_large, field);
  return take(n, field);
}

void reader::require(bool holds, errc why, std::string_view field) {
  if (holds || failure_)
    return;
  failure_ = troth::error{why, std::string{format_} + '.' + std::string{field} + " at byte "
                                 + std::to_string(field_start_)};
}

std::uint64_t reader::big(std::size_t n, std::string_view field) {
  std::uint64_t value = 0;
  for (auto byte : take(n, field))
    value = value << 8 | byte;
  return value;
}

std::uint64_t reader::little(std::size_t n, std::string_view field) {
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (auto byte : take(n, field)) {
    value |= std::uint64_t{byte} << shift;
    shift += 8;
  }
  return value;
}

} // namespace troth
