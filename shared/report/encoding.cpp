#include "shared/report/encoding.hpp"

namespace troth::report {

result<encoding> encoding_of(byte_view input) {
  constexpr std::string_view json_starts = " \t\r\n{";
  constexpr std::uint8_t first_map = 0xa0;
  constexpr std::uint8_t last_map = 0xbf;
  if (input.empty())
    return error{errc::truncated, " at byte 0"};
  const auto first = input.front();
  if (json_starts.find(static_cast<char>(first)) != std::string_view::npos)
    return encoding::json;
  if (first >= first_map && first <= last_map)
    return encoding::cbor;
  return error{errc::malformed, " at byte 0: neither JSON nor CBOR"};
}

} // namespace troth::report
