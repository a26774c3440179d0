#include "services/http/trace.hpp"

#include <doctest/doctest.h>

using namespace troth::services::http;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string good = "00-" + trace + "-00f067aa0ba902b7-01";
const std::string ids(48, 'e');
const std::string begun = "00-" + std::string(32, 'e') + '-' + std::string(16, 'e') + "-00";

} // namespace

TEST_SUITE_BEGIN("services/trace");

TEST_CASE("a trace goes on under its id, with us as the parent") {
  CHECK(continue_trace(good, ids) == "00-" + trace + "-eeeeeeeeeeeeeeee-01");
  CHECK(continue_trace("01-" + good.substr(3) + "-more", ids)
        == "00-" + trace + "-eeeeeeeeeeeeeeee-01");
  CHECK(trace_id(good) == trace);
}

TEST_CASE("what is no trace begins one") {
  std::string upper = good;
  upper[5] = 'F';
  for (const auto& bad :
       {std::string{}, good.substr(0, good.size() - 1), good + "0", good + "-more", upper,
        "ff" + good.substr(2), "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
        "00-" + trace + "-0000000000000000-01", "00_" + good.substr(3)}) {
    CAPTURE(bad);
    CHECK(continue_trace(bad, ids) == begun);
  }
  CHECK(trace_id("").empty());
}

TEST_SUITE_END();
