#include "services/logging.hpp"

#include "services/metrics.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::services;

namespace {

const time_point when = *parse_time("2026-11-24T09:43:36.5Z");

std::string text(std::initializer_list<log_field> fields) {
  return format_event(log_format::text, when, log_level::warning, "est", "peer.lost", fields);
}

} // namespace

TEST_SUITE_BEGIN("services/logging");

TEST_CASE("an event is one line with its time in UTC") {
  CHECK(text({{"address", "10.0.0.1:1"}, {"why", "no answer in time"}, {"empty", ""}})
        == "2026-11-24T09:43:36.500000000Z warning est peer.lost address=10.0.0.1:1 "
           "why=\"no answer in time\" empty=\"\"");
}

TEST_CASE("nothing that comes in ends the line, forges a field or moves a cursor") {
  CHECK(text({{"why", "a\nb\r\x1b[2J\x7f"}}).ends_with(R"(why="a\x0ab\x0d\x1b[2J\x7f")"));
  CHECK(text({{"why", "a=b"}}).ends_with(R"(why="a=b")"));
  CHECK(text({{"why", R"(a" level="x)"}}).ends_with(R"(why="a\" level=\"x")"));
  CHECK(text({{"why", "\xc2\x9b"
                      "31m\xff"}})
          .ends_with(R"(why="\xc2\x9b31m\xff")"));
  const auto json = format_event(log_format::json, when, log_level::info, "est", "x",
                                 {{"why", "a\n\x1b\xc2\x9b\xff\""}});
  for (const char c : json)
    CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("a line of JSON has the same parts") {
  const auto line = nlohmann::json::parse(
    format_event(log_format::json, when, log_level::error, "est", "x", {{"why", "because"}}));
  CHECK(line["time"] == "2026-11-24T09:43:36.500000000Z");
  CHECK(line["level"] == "error");
  CHECK(line["service"] == "est");
  CHECK(line["event"] == "x");
  CHECK(line["why"] == "because");
}

TEST_CASE("figures are written as Prometheus reads them") {
  metrics figures{"est", "1.2.3"};
  figures.count("troth_x_total", "X", {{"code", "a"}});
  figures.count("troth_x_total", "X", {{"code", "a"}});
  figures.count("troth_x_total", "X", {{"code", "b"}}, 5);
  figures.set("troth_y", "Y", {}, 7);
  figures.observe_seconds("troth_z_seconds", "Z", {}, 0.002);
  const auto text = figures.text();
  for (const auto* line :
       {"troth_build_info{service=\"est\",version=\"1.2.3\"} 1", "troth_x_total{code=\"a\"} 2",
        "troth_x_total{code=\"b\"} 5", "troth_y 7", "troth_z_seconds_bucket{le=\"0.001\"} 0",
        "troth_z_seconds_bucket{le=\"0.0025\"} 1"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_SUITE_END();
