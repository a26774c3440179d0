#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "tests/cmc/cases.hpp"

using namespace troth;
using namespace troth::testing;
using certificates = std::vector<crypto::certificate>;

namespace {

const time_point checked_at = *parse_time("2026-11-24T10:00:00Z");

bytes content_of(const json& argument) {
  if (argument.is_object()) {
    bytes out;
    for (const auto& part : argument.at("concat")) {
      const auto more = content_of(part);
      out.insert(out.end(), more.begin(), more.end());
    }
    return out;
  }
  const auto text = argument.get<std::string>();
  if (!text.starts_with('@'))
    return bytes_in(argument);
  const auto name = reference_in(argument);
  return read_cmc("x509/" + name + (name.ends_with("Der") ? ".der" : ".pem"));
}

result<certificates> from_pem(byte_view content) {
  return crypto::certificate::from_pem(to_text(content));
}

/// Reads certificates one behind the other: our reader takes one and nothing behind it.
result<certificates> from_der(byte_view content) {
  certificates out;
  while (!content.empty()) {
    constexpr std::size_t header = 4; // of a sequence of 256 to 65535 bytes, as certificates are
    const auto size = content.size() < header
                        ? content.size()
                        : header + (std::size_t{content[2]} << 8U) + content[3];
    auto one = crypto::certificate::from_der(content.first(std::min(size, content.size())));
    if (!one)
      return one.error();
    out.push_back(*std::move(one));
    content = content.subspan(std::min(size, content.size()));
  }
  return out;
}

template <class Read>
void check_table(const std::string& file, Read read) {
  for (const auto& row : read_cmc_json("x509/" + file)) {
    CAPTURE(row.at("name").get<std::string>());
    const auto& argument = row.at("args").at(0);
    std::size_t count = 0;
    auto good = true;
    for (const auto& each : argument.is_array() ? argument : json::array({argument})) {
      const auto made = read(content_of(each));
      good = good && made.has_value();
      count += made ? made->size() : 0;
    }
    CHECK(good != row.at("wantErr").get<bool>());
    if (good && row.contains("wantLen"))
      CHECK(count == row.at("wantLen").get<std::size_t>());
  }
}

} // namespace

TEST_SUITE_BEGIN("cmc/x509");

TEST_CASE("certificates are read as the reference reads them") {
  if (lacks_cmc("x509"))
    return;
  check_table("TestParseCertsPem.json", from_pem);
  check_table("TestParseCertsDer.json", from_der);
  check_table("TestParseCert.json", [](byte_view content) {
    return content.front() == '-' ? from_pem(content) : from_der(content);
  });
}

TEST_CASE("chains end where the reference's do, at a stated time") {
  if (lacks_cmc("x509"))
    return;
  for (const auto& row : read_cmc_json("x509/TestVerifyCertChain.json")) {
    CAPTURE(row.at("name").get<std::string>());
    std::vector<bytes> carried;
    for (const auto& each : row.at("args").at("certs"))
      carried.push_back(from_pem(content_of(each))->front().der());
    certificates roots;
    for (const auto& each : row.at("args").at("cas"))
      roots.push_back(from_pem(content_of(each))->front());
    CHECK(crypto::verify_chain(carried, roots, {checked_at, {}}).has_value()
          != row.at("wantErr").get<bool>());
  }
}

TEST_SUITE_END();
