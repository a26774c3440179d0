#include "shared/collateral/azure_metadata.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/json.hpp"
#include "shared/crypto/certificate.hpp"

#include <string>

namespace troth::collateral {

namespace {

constexpr const char* certification_path = "/metadata/THIM/amd/certification";
constexpr std::size_t max_answer_bytes = std::size_t{1024} * 1024;
constexpr int good_status = 200;

error not_an_answer(std::string_view what) {
  return {errc::malformed, "metadata service: " + std::string{what}};
}

result<nlohmann::json> read_answer(const result<http_answer>& answer) {
  if (!answer)
    return answer.error();
  if (answer->status != good_status)
    return error{errc::unavailable, "metadata service: status " + std::to_string(answer->status)};
  auto out = codec::parse_json(to_text(answer->body),
                               {.max_bytes = max_answer_bytes, .max_depth = 8});
  if (!out)
    return out.error();
  if (!out->is_object())
    return not_an_answer("expected an object");
  return out;
}

result<std::string> text_in(const nlohmann::json& answer, const char* member) {
  const auto at = answer.find(member);
  if (at == answer.end() || !at->is_string())
    return not_an_answer(member);
  return at->get<std::string>();
}

} // namespace

result<bytes> azure_td_quote(const http_post& service, byte_view td_report) {
  const auto question = R"({"report":")" + base64url(td_report) + "\"}";
  const auto answer = read_answer(service("application/json", to_bytes(question), {}));
  if (!answer)
    return answer.error();
  const auto text = text_in(*answer, "quote");
  if (!text)
    return text.error();
  const auto end = text->find_last_not_of('='); // some write the padding
  auto quote = from_base64url(std::string_view{*text}.substr(0, end + 1));
  if (!quote || quote->empty())
    return not_an_answer("quote");
  return quote;
}

result<std::vector<bytes>> azure_vcek_chain(const http_get& service) {
  const auto answer = read_answer(service(certification_path));
  if (!answer)
    return answer.error();
  std::vector<bytes> out;
  for (const auto* member : {"vcekCert", "certificateChain"}) {
    const auto text = text_in(*answer, member);
    if (!text)
      return text.error();
    const auto read = crypto::certificate::from_pem(*text);
    if (!read)
      return not_an_answer(member);
    for (const auto& one : *read)
      out.push_back(one.der());
  }
  return out;
}

} // namespace troth::collateral
