#include "shared/device/quote_service.hpp"

#include "shared/evidence/tdx/quote_service.hpp"
#include "tests/support/played_quote_service.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::device;
using namespace std::chrono_literals;
using evidence::tdx::tdreport_size;

namespace {

/// GET_QUOTE_RESP in its frame, with a quote of 3 bytes. @param changed at that byte of the frame.
bytes response(std::size_t at = 0, std::uint8_t changed = 0) {
  bytes out{0, 0, 0, 27, 1, 0, 1, 0, 1, 0, 0, 0, 27, 0, 0, 0,
            0, 0, 0, 0,  0, 0, 0, 0, 3, 0, 0, 0, 7,  8, 9};
  out[at] = changed;
  return out;
}

result<bytes> report_for(byte_view report_data) {
  bytes out(tdreport_size);
  std::ranges::copy(report_data, out.begin() + 128);
  return out;
}

result<bytes> quote_by(const quote_service_address& service,
                       const td_reporter& kernel = report_for) {
  return make_quote_service_source(kernel, service, 5s, {})->quote(bytes(64, 0x5a));
}

} // namespace

TEST_SUITE_BEGIN("device/quote_service");

TEST_CASE("the kernel's report is brought to the service, which makes a quote of it") {
  bytes asked;
  const played_quote_service service{[&](byte_view message) {
    asked = copy(message);
    return response();
  }};
  const auto quote = quote_by(service.address());
  REQUIRE(quote);
  CHECK(*quote == bytes{7, 8, 9});
  CHECK(asked == evidence::tdx::write_quote_request(*report_for(bytes(64, 0x5a))));
}

TEST_CASE("a service that says something else, or nothing, is not believed") {
  const std::vector<std::pair<bytes, errc>> rows{
    {{}, errc::truncated},                       // it hangs up
    {{0, 0}, errc::truncated},                   // within the length
    {response(3, 28), errc::truncated},          // before the end
    {{0xff, 0xff, 0xff, 0xff}, errc::too_large}, // 4 GiB
    {response(16, 5), errc::unavailable},        // an error
    {response(4, 2), errc::unsupported}};        // of another version
  for (const auto& row : rows) {
    CAPTURE(name(row.second));
    const played_quote_service service{[&](byte_view) { return row.first; }};
    CHECK(name(refusal(quote_by(service.address()))) == name(row.second));
  }
}

TEST_CASE("a report that is not for the report data is not brought anywhere") {
  const played_quote_service service{[](byte_view) { return response(); }};
  CHECK(refusal(quote_by(service.address(), [](byte_view) { return bytes(tdreport_size); }))
        == errc::malformed);
  CHECK(refusal(quote_by(service.address(), [](byte_view) { return bytes(100); }))
        == errc::malformed);
  CHECK(refusal(make_quote_service_source(report_for, service.address(), 5s, {})->quote(bytes(63)))
        == errc::malformed);
}

TEST_CASE("where there is no device or no service, that is said") {
  const temporary_folder folder;
  const auto missing = folder.path() / "missing";
  CHECK(refusal(make_tdx_guest_device(missing)(bytes(64))) == errc::not_found);
  CHECK(refusal(make_tdx_guest_device("/dev/null")(bytes(64))) == errc::io);
  CHECK(refusal(make_tdx_guest_device("/dev/null")(bytes(10))) == errc::malformed);
  CHECK(refusal(quote_by({missing.string(), 0, 0})) == errc::not_found);
  CHECK(refusal(quote_by({std::string(200, 'x'), 0, 0})) == errc::io);
}

TEST_CASE("a service is on a Unix socket or behind vsock") {
  CHECK(parse_quote_service_address("unix:/var/run/tdx-qgs/qgs.socket")->socket
        == "/var/run/tdx-qgs/qgs.socket");
  const auto vsock = parse_quote_service_address("vsock:2:4050");
  REQUIRE(vsock);
  CHECK(vsock->socket.empty());
  CHECK(vsock->cid == 2);
  CHECK(vsock->port == 4050);
  for (const auto* text : {"", "unix:", "vsock:", "vsock:2", "vsock:2:x", "vsock::4050",
                           "vsock:2:4050:1", "vsock:2:99999999999", "tcp:localhost:1"}) {
    CAPTURE(text);
    CHECK(refusal(parse_quote_service_address(text)) == errc::malformed);
  }
}

TEST_SUITE_END();
