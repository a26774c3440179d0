#include "shared/device/aesm.hpp"

#include "shared/evidence/sgx/aesm.hpp"
#include "shared/files/files.hpp"
#include "tests/support/played_quote_service.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::device;
using namespace std::chrono_literals;
using namespace evidence::sgx;

namespace {

bytes joined(std::initializer_list<bytes> parts) {
  bytes out;
  for (const auto& part : parts)
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

/// Puts the length in front, little-endian, as the service does.
bytes framed(const bytes& message) {
  return joined({{static_cast<std::uint8_t>(message.size()),
                  static_cast<std::uint8_t>(message.size() >> 8U), 0, 0},
                 message});
}

/// What a service that works answers, in turn.
std::vector<bytes> good_answers() {
  return {framed({0x7a, 4, 0x08, 0, 0x18, 0x20}),
          framed(joined(
            {{0x7a, 0x87, 0x04, 0x08, 0x00, 0x12, 0x80, 0x04}, bytes(512, 0x11), {0x18, 0x20}})),
          framed({0x82, 0x01, 5, 0x08, 0x00, 0x10, 0xf8, 0x23}),
          framed(joined({{0x8a, 0x01, 0xbd, 0x03, 0x08, 0x00, 0x12, 0xb8, 0x03},
                         bytes(432, 0x5a),
                         {4, 0, 0, 0, 1, 2, 3, 4}}))};
}

/// A service that gives these answers in turn, then none, and keeps what it was asked.
struct played_aesm {
  explicit played_aesm(std::vector<bytes> with) : answers(std::move(with)) {
    // nop
  }

  std::vector<bytes> answers;
  std::vector<bytes> asked;
  played_quote_service service{[this](byte_view message) {
                                 asked.push_back(copy(message));
                                 return asked.size() <= answers.size() ? answers[asked.size() - 1]
                                                                       : bytes{};
                               },
                               length_order::little};
};

result<bytes> report_for(byte_view target_info, byte_view report_data) {
  CHECK(copy(target_info) == bytes(target_info_size, 0x11));
  bytes out(enclave_report_mac_size, 0x22);
  std::ranges::copy(report_data, out.begin() + 320);
  return out;
}

result<bytes> quote_by(const played_aesm& aesm, const enclave_reporter& processor = report_for) {
  return make_aesm_source(processor, aesm.service.address(), 5s, {})->quote(bytes(64, 0x77));
}

} // namespace

TEST_SUITE_BEGIN("device/aesm");

TEST_CASE("the processor's report is brought to the service, which makes a quote of it") {
  const played_aesm aesm{good_answers()};
  const auto quote = quote_by(aesm);
  REQUIRE(quote);
  CHECK(quote->size() == 440);
  REQUIRE(aesm.asked.size() == 4);
  CHECK(aesm.asked[0] == write_key_request(0));
  CHECK(aesm.asked[1] == write_key_request(32));
  CHECK(aesm.asked[2] == write_quote_size_request());
  CHECK(aesm.asked[3] == write_quote_request(*report_for(bytes(512, 0x11), bytes(64, 0x77)), 4600));
}

TEST_CASE("a service that fails, or hangs up, at any step gives no quote") {
  for (std::size_t step = 0; step < 4; ++step) {
    CAPTURE(step);
    auto answers = good_answers();
    answers.resize(step);
    CHECK(refusal(quote_by(played_aesm{answers})) == errc::truncated);
    const std::vector<bytes> failures{framed({0x7a, 2, 0x08, 13}), framed({0x7a, 2, 0x08, 13}),
                                      framed({0x82, 0x01, 2, 0x08, 13}),
                                      framed({0x8a, 0x01, 2, 0x08, 13})};
    answers.push_back(failures[step]);
    CHECK(refusal(quote_by(played_aesm{answers})) == errc::unavailable);
  }
  auto without_target = good_answers();
  without_target[1] = without_target[0];
  CHECK(refusal(quote_by(played_aesm{without_target})) == errc::malformed);
}

TEST_CASE("a report of another size is not brought to the service") {
  const played_aesm aesm{good_answers()};
  CHECK(refusal(quote_by(aesm, [](byte_view, byte_view) { return bytes(384); }))
        == errc::malformed);
  CHECK(aesm.asked.size() == 2);
  CHECK(refusal(make_aesm_source(report_for, aesm.service.address(), 5s, {})->quote(bytes(32)))
        == errc::malformed);
}

TEST_CASE("Gramine is asked through its files") {
  const temporary_folder folder;
  const auto ask = make_gramine_reporter(folder.path());
  CHECK(refusal(ask(bytes(512), bytes(64))) == errc::not_found);
  for (const auto* file : {"target_info", "user_report_data"})
    REQUIRE(files::write(folder.path() / file, bytes{}, files::access::owner));
  REQUIRE(files::write(folder.path() / "report", bytes(432, 9), files::access::owner));
  const auto report = ask(bytes(512, 1), bytes(64, 2));
  REQUIRE(report);
  CHECK(*report == bytes(432, 9));
  CHECK(*files::read(folder.path() / "target_info", 1000) == bytes(512, 1));
  CHECK(*files::read(folder.path() / "user_report_data", 1000) == bytes(64, 2));
}

TEST_SUITE_END();
