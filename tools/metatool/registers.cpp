#include "tools/metatool/registers.hpp"

#include "shared/base/hex.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace troth::metatool {

namespace {

using nlohmann::ordered_json;

std::string as_table(const register_values& expected) {
  std::string out;
  for (const auto& [bank, values] : expected)
    for (const auto& [pcr, value] : values)
      out += std::string{name(bank)} + "  PCR " + (pcr < 10 ? " " : "") + std::to_string(pcr) + "  "
             + hex(value.view()) + "\n";
  return out;
}

std::string as_json(const register_values& expected) {
  auto out = ordered_json::object();
  for (const auto& [bank, values] : expected)
    for (const auto& [pcr, value] : values)
      out[std::string{name(bank)}][std::to_string(pcr)] = hex(value.view());
  return out.dump(2) + "\n";
}

} // namespace

bytes write_registers(const register_values& expected, precompute_format as) {
  return to_bytes(as == precompute_format::json ? as_json(expected) : as_table(expected));
}

} // namespace troth::metatool
