#include "shared/client/ca_certificates.hpp"

#include "shared/base/base64.hpp"
#include "shared/client/rest.hpp"
#include "shared/crypto/certificate_bag.hpp"

#include <algorithm>

namespace troth::client {

namespace {

constexpr const char* bag_type = "application/pkcs7-mime";
constexpr const char* chain_type = "application/pem-certificate-chain";
constexpr unsigned ok = 200;

error not_agreed(const error& why) {
  return {errc::io, "cacerts: " + to_string(why)};
}

} // namespace

result<std::string> ca_certificates_of_gateway(const http_send& send) {
  const auto answer = exchange_rest(send, {"GET", "/v1/ca-certificates", chain_type, "", ""}, ok);
  if (!answer)
    return answer.error();
  auto pem = to_text(*answer);
  if (const auto read = crypto::certificate::from_pem(pem); !read)
    return not_agreed(read.error());
  return pem;
}

result<std::string> ca_certificates_of_est(const http_send& send) {
  const auto answer = exchange_rest(send, {"GET", "/.well-known/est/cacerts", bag_type, "", ""},
                                    ok);
  if (!answer)
    return answer.error();
  auto text = to_text(*answer);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  const auto bag = from_base64(text);
  if (!bag)
    return not_agreed(bag.error());
  const auto certificates = crypto::read_certificate_bag(*bag);
  if (!certificates)
    return not_agreed(certificates.error());
  std::string out;
  for (const auto& each : *certificates)
    out += each.pem();
  return out;
}

} // namespace troth::client
