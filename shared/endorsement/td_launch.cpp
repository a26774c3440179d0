#include "shared/endorsement/td_launch.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/evidence/sgx/encode.hpp"

#include <string_view>
#include <utility>

namespace troth::endorsement {

namespace {

using evidence::ovmf::page_size;
using evidence::ovmf::tdx_section;

constexpr std::size_t operation_bytes = 128;
constexpr std::size_t chunk_bytes = 256;

/// Adds what one operation of the TDX module adds beside the content.
void add_operation(crypto::running_hash& into, std::string_view name, std::uint64_t address) {
  evidence::sgx::encoder out;
  out.raw(to_bytes(name)).zeros(16 - name.size()).number(address, 8).zeros(operation_bytes - 24);
  into.add(std::move(out).take());
}

void measure_page(crypto::running_hash& into, const tdx_section& of, std::size_t page) {
  if (!of.is_measured)
    return;
  for (auto at = page; at < page + page_size; at += chunk_bytes) {
    add_operation(into, "MR.EXTEND", of.address + at);
    into.add(of.content.subspan(at, chunk_bytes));
  }
}

void add_td_section(crypto::running_hash& into, const tdx_section& of, page_order order) {
  for (std::size_t at = 0; at < of.size; at += page_size) {
    add_operation(into, "MEM.PAGE.ADD", of.address + at);
    if (order == page_order::page_by_page)
      measure_page(into, of, at);
  }
  if (order == page_order::section_by_section)
    for (std::size_t at = 0; at < of.size; at += page_size)
      measure_page(into, of, at);
}

} // namespace

result<digest> td_launch_digest(const evidence::ovmf::image& of, page_order order) {
  const auto sections = evidence::ovmf::parse_tdx_sections(of);
  if (!sections)
    return sections.error();
  crypto::running_hash out{hash_algorithm::sha384};
  for (const auto& one : *sections) {
    if (one.is_measured && one.content.size() != one.size)
      return error{errc::unsupported, "ovmf.tdx: measures what is not in the image"};
    if (!one.is_later)
      add_td_section(out, one, order);
  }
  return out.finish();
}

} // namespace troth::endorsement
