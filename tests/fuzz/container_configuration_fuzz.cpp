#include "shared/appraisal/oci_rules.hpp"
#include "shared/endorsement/container_configuration.hpp"

#include <cstdlib>

// Whatever the bytes, normalising ends; what was normalised stays as it is when sorted again; and
// no rules let a configuration differ from itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto text = to_text({data, size});
  const auto made = endorsement::normalize_configuration(
    "0123456789ab", text, [](const std::string& path) -> result<std::string> { return path; });
  if (!made)
    return 0;
  if (endorsement::uniform_configuration(*made) != *made)
    std::abort();
  if (!appraisal::check_configuration(*made, *made, nullptr))
    std::abort();
  (void)appraisal::check_configuration(*made, {nlohmann::json::object()}, &*made);
  return 0;
}
