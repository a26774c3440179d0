#include "shared/evidence/snp/tcb.hpp"

#include <algorithm>

namespace troth::evidence::snp {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_between(std::uint8_t least, std::uint8_t value, std::uint8_t most) {
  return least <= value && value <= most;
}

} // namespace

std::string_view name(product_line line) noexcept {
  switch (line) {
  case product_line::milan:
    return "Milan";
  case product_line::genoa:
    return "Genoa";
  case product_line::turin:
    return "Turin";
  }
  return {};
}

std::optional<product_line> product_named(std::string_view text) noexcept {
  for (const auto line : {product_line::milan, product_line::genoa, product_line::turin})
    if (std::ranges::equal(text, name(line), {}, lower, lower))
      return line;
  return std::nullopt;
}

std::optional<product_line> product_of(std::uint8_t family, std::uint8_t model) noexcept {
  constexpr std::uint8_t zen3_and_zen4 = 0x19;
  constexpr std::uint8_t zen5 = 0x1a;
  if (family == zen3_and_zen4 && model <= 0x0f)
    return product_line::milan;
  if (family == zen3_and_zen4 && (is_between(0x10, model, 0x1f) || is_between(0xa0, model, 0xaf)))
    return product_line::genoa;
  if (family == zen5 && model <= 0x1f)
    return product_line::turin;
  return std::nullopt;
}

tcb_parts parts_of(const tcb_version& tcb, product_line line) noexcept {
  if (line == product_line::turin)
    return {tcb[0], tcb[1], tcb[2], tcb[3], tcb[7]};
  return {0, tcb[0], tcb[1], tcb[6], tcb[7]};
}

tcb_version tcb_of(const tcb_parts& parts, product_line line) noexcept {
  if (line == product_line::turin)
    return {parts.fmc, parts.boot_loader, parts.tee, parts.snp, 0, 0, 0, parts.microcode};
  return {parts.boot_loader, parts.tee, 0, 0, 0, 0, parts.snp, parts.microcode};
}

bool reaches(const tcb_parts& tcb, const tcb_parts& least) noexcept {
  return tcb.fmc >= least.fmc && tcb.boot_loader >= least.boot_loader && tcb.tee >= least.tee
         && tcb.snp >= least.snp && tcb.microcode >= least.microcode;
}

} // namespace troth::evidence::snp
