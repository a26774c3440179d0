#include "shared/evidence/eventlog/description.hpp"

#include "shared/evidence/eventlog/efi_variable.hpp"
#include "shared/evidence/eventlog/text.hpp"

#include <algorithm>

namespace troth::evidence::eventlog {

namespace {

bool is_printable(unsigned character) {
  return character >= 0x20 && character < 0x7f;
}

template <class Characters>
std::string printable(const Characters& text) {
  std::string out;
  for (const auto character : text) {
    if (out.size() == max_description)
      break;
    out += is_printable(character) ? static_cast<char>(character) : '.';
  }
  return out;
}

// ASCII in UTF-16, little-endian: every second byte is zero, and no other.
bool is_wide_text(byte_view data) {
  if (data.size() < 4 || data.size() % 2 != 0)
    return false;
  for (std::size_t i = 0; i < data.size(); i += 2)
    if (data[i + 1] != 0 || (data[i] == 0 && i + 2 != data.size()))
      return false;
  return true;
}

bytes narrow(byte_view wide) {
  bytes out;
  for (std::size_t i = 0; i + 1 < wide.size() && out.size() < max_description; i += 2)
    if (wide[i] != 0)
      out.push_back(wide[i]);
  return out;
}

bool is_always_text(event_type type) {
  return type == event_type::action || type == event_type::efi_action || type == event_type::ipl
         || type == event_type::s_crtm_version || type == event_type::omit_boot_device_events;
}

bool is_variable(event_type type) {
  return type == event_type::efi_variable_driver_config || type == event_type::efi_variable_boot
         || type == event_type::efi_variable_boot2 || type == event_type::efi_variable_authority
         || type == event_type::efi_spdm_device_policy
         || type == event_type::efi_spdm_device_authority;
}

} // namespace

std::string describe(event_type type, byte_view data) {
  if (is_variable(type)) {
    const auto variable = parse_efi_variable(data);
    return variable ? printable(variable->name) : std::string{};
  }
  if (is_wide_text(data))
    return printable(narrow(data));
  const auto text = without_nul(data);
  if (!is_always_text(type) && !std::ranges::all_of(text, is_printable))
    return {};
  return printable(text);
}

} // namespace troth::evidence::eventlog
