#include "shared/base/bytes.hpp"
#include "shared/codec/json.hpp"
#include "shared/wire/requests.hpp"

#include <cstdlib>

namespace {

constexpr std::size_t max_report_bytes = 4096;

void require(bool holds) {
  if (!holds)
    std::abort();
}

} // namespace

// Whatever the bytes, a body is read or refused; and what was read keeps the promises of its type.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto body = to_text({data, size});
  if (const auto read = wire::read_appraisal(body, max_report_bytes)) {
    require(nlohmann::json::accept(body));
    require(read->nonce.empty() != read->challenge_id.empty());
    require(read->report.size_bytes == read->report.body.size());
    require(!read->report.body.empty() && read->report.body.size() <= max_report_bytes);
  }
  if (const auto read = wire::read_attestation(body))
    require(read->nonce.size() >= 8 && read->nonce.size() <= 64);
  (void)wire::check_challenge_request(body);
  return 0;
}
