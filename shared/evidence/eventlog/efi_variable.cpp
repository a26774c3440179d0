#include "shared/evidence/eventlog/efi_variable.hpp"

#include "shared/base/reader.hpp"

namespace troth::evidence::eventlog {

result<efi_variable> parse_efi_variable(byte_view event_data) {
  constexpr std::uint64_t max_name = 1024; // characters
  reader in{event_data, "eventlog.efi_variable"};
  efi_variable out;
  out.vendor_guid = in.take(16, "vendor_guid");
  const auto name_size = in.u64le("name_size");
  const auto data_size = in.u64le("data_size");
  in.require(name_size <= max_name, errc::too_large, "name");
  for (std::uint64_t i = 0; i < name_size && in.ok(); ++i)
    out.name.push_back(static_cast<char16_t>(in.u16le("name")));
  out.data = in.take(data_size, "data");
  out.structure = event_data.first(in.position());
  out.surplus = in.take(in.remaining(), "surplus");
  return in.finish(std::move(out));
}

} // namespace troth::evidence::eventlog
