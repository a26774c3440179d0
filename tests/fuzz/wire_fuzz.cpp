#include "shared/base/bytes.hpp"
#include "shared/codec/json.hpp"
#include "shared/wire/atls.hpp"
#include "shared/wire/batch.hpp"
#include "shared/wire/cmc.hpp"
#include "shared/wire/key_orders.hpp"
#include "shared/wire/requests.hpp"
#include "shared/wire/tls_keys.hpp"
#include "tests/fuzz/require.hpp"

namespace {

constexpr std::size_t max_report_bytes = 4096;

/// What was read is the same when it was written and is read again.
template <class Message>
void read_cmc(troth::byte_view body) {
  using namespace troth;
  for (const auto as : {report::encoding::json, report::encoding::cbor})
    if (const auto read = wire::cmc::read<Message>(body, as)) {
      const auto written = wire::cmc::write(*read, as);
      const auto again = wire::cmc::read<Message>(written, as);
      require(again.has_value());
      require(wire::cmc::write(*again, as) == written);
    }
}

template <class Message>
void read_atls(troth::byte_view body) {
  using namespace troth;
  const auto read = wire::atls::read<Message>(body);
  if (!read)
    return;
  for (const auto as : {report::encoding::json, report::encoding::cbor}) {
    const auto frame = write_frame(*read, as);
    const auto written = byte_view{frame}.subspan(wire::atls::frame_header_bytes);
    require(wire::atls::length_in(frame) == written.size());
    require(wire::atls::read<Message>(written).has_value());
  }
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
    require(read->request.nonce.size() >= 8 && read->request.nonce.size() <= 64);
  (void)wire::read_kept_trial(body);
  if (const auto read = wire::read_policy_trial(body, max_report_bytes))
    require(read->request.policy_document.empty() != read->name.empty());
  (void)wire::read_activation(body);
  (void)wire::check_challenge_request(body);
  if (const auto read = wire::read_key_order(body)) {
    const auto written = wire::write_key_order(*read);
    require(wire::write_key_order(*wire::read_key_order(written)) == written);
  }
  if (const auto read = wire::read_tls_keys(body)) {
    const auto written = wire::write_tls_keys(*read);
    require(wire::write_tls_keys(*wire::read_tls_keys(written)) == written);
  }
  if (const auto read = wire::read_signature_order(body))
    require(!read->digest.empty() && read->digest.size() <= 64);
  if (const auto split = wire::split_certificates(body))
    require(!split->empty() && split->size() <= 16);
  for (const auto& split : {wire::split_array(body, 16), wire::split_lines(body, 16)})
    require(!split || (!split->empty() && split->size() <= 16));
  read_cmc<wire::cmc::attestation_request>({data, size});
  read_cmc<wire::cmc::verification_request>({data, size});
  read_cmc<wire::cmc::verification_response>({data, size});
  read_cmc<wire::cmc::peer_cache_request>({data, size});
  read_cmc<wire::cmc::measure_request>({data, size});
  read_cmc<wire::cmc::tls_create_request>({data, size});
  read_cmc<wire::cmc::tls_create_response>({data, size});
  read_cmc<wire::cmc::tls_sign_request>({data, size});
  read_cmc<wire::cmc::tls_sign_response>({data, size});
  read_cmc<wire::cmc::tls_cert_request>({data, size});
  read_cmc<wire::cmc::tls_cert_response>({data, size});
  read_atls<wire::atls::request>({data, size});
  read_atls<wire::atls::response>({data, size});
  read_atls<wire::atls::complete>({data, size});
  return 0;
}
