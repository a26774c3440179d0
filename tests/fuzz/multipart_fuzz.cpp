#include "shared/wire/multipart.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <string>

// Whatever the bytes, reading ends, in bounds, with no more parts than are allowed. The first line
// is the type of the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto text = to_text({data, size});
  const auto end = std::min(text.find('\n'), text.size());
  const auto rest = std::string_view{text}.substr(std::min(end + 1, text.size()));
  constexpr std::size_t most = 7;
  for (const auto& type : {text.substr(0, end), std::string{"multipart/mixed; boundary=b"}})
    if (const auto parts = wire::parse_multipart(type, rest, most))
      require(!parts->empty() && parts->size() <= most);
  return 0;
}
