#include "services/configuration.hpp"

#include "services/command_line.hpp"
#include "services/exit_code.hpp"
#include "services/nearest.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace troth;
using namespace troth::services;

namespace {

struct configuration_fixture {
  std::string listen = "127.0.0.1:1";
  std::string ca;
  std::string password;
  std::string format = "text";
  std::uint64_t size = 10;
  bool is_open = false;
  std::vector<std::string> peers;
  configuration keys;
  testing::temporary_folder folder;
  std::ostringstream out;
  std::ostringstream err;
  std::vector<std::pair<std::string, std::string>> environment;

  configuration_fixture() {
    keys.add("listen", listen, "Address");
    keys.add("tls.ca", ca, "File");
    keys.add("tls.password", password, "Password", secrecy::secret);
    keys.add("logFormat", format, {"text", "json"}, "Form");
    keys.add("maxReportBytes", size, {1, 100}, "Size");
    keys.add("isOpen", is_open, "Open");
    keys.add("peers", peers, "Peers");
  }

  std::string merge(const char* json) {
    const auto done = keys.merge(nlohmann::json::parse(json), "file");
    return done ? "" : to_string(done.error());
  }

  std::string write(const std::string& name, const std::string& text) {
    const auto file = (folder.path() / name).string();
    std::ofstream{file} << text;
    return file;
  }

  /// Returns the exit code, or -1 - command.
  int run(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "troth-test");
    const auto read = read_command_line(static_cast<int>(arguments.size()), arguments.data(),
                                        {"test", "Tests.", "1.2.3"}, {environment, out, err}, keys);
    if (const auto* code = std::get_if<int>(&read))
      return *code;
    return -1 - static_cast<int>(std::get<command>(read));
  }
};

constexpr int serve = -1 - static_cast<int>(command::serve);

} // namespace

TEST_SUITE_BEGIN("services/configuration");

TEST_CASE_FIXTURE(configuration_fixture, "a document sets what it names and leaves the rest") {
  CHECK(merge(R"({"tls": {"ca": "a"}, "maxReportBytes": 100, "isOpen": true, "peers": ["x"]})")
          .empty());
  CHECK(ca == "a");
  CHECK(size == 100);
  CHECK(is_open);
  CHECK(peers == std::vector<std::string>{"x"});
  CHECK(listen == "127.0.0.1:1");
}

TEST_CASE_FIXTURE(configuration_fixture, "an unknown key is refused, and the nearest one named") {
  CHECK(merge(R"({"lisen": "x"})") == "unknown_key: file: lisen: is listen meant?");
  CHECK(merge(R"({"maxreportbytes": 1})")
        == "unknown_key: file: maxreportbytes: is maxReportBytes meant?");
  CHECK(merge(R"({"tls": {"caa": "x"}})") == "unknown_key: file: tls.caa: is tls.ca meant?");
  CHECK(merge(R"({"zzzzzzzzz": 1})") == "unknown_key: file: zzzzzzzzz");
}

TEST_CASE_FIXTURE(configuration_fixture, "a value of another kind is refused") {
  for (const auto* json :
       {R"({"listen": 1})", R"({"listen": null})", R"({"tls": "x"})", R"({"maxReportBytes": "5"})",
        R"({"maxReportBytes": 0})", R"({"maxReportBytes": 101})", R"({"maxReportBytes": -1})",
        R"({"maxReportBytes": 1.5})", R"({"isOpen": 1})", R"({"isOpen": "true"})",
        R"({"peers": "x"})", R"({"peers": [1]})", R"({"logFormat": "xml"})",
        R"({"listen": "a\u0000b"})", R"([])"}) {
    CAPTURE(json);
    CHECK(merge(json).starts_with("malformed: file"));
  }
  CHECK(merge(R"({"maxReportBytes": 101})")
        == "malformed: file: maxReportBytes: expected 1 to 100");
}

TEST_CASE_FIXTURE(configuration_fixture, "what is shown can be read again, and hides secrets") {
  CHECK(merge(R"({"tls": {"password": "hush"}})").empty());
  const auto shown = keys.shown();
  CHECK(shown["tls"]["password"] == "...");
  CHECK(shown["listen"] == "127.0.0.1:1");
  CHECK(shown.dump().find("hush") == std::string::npos);
  CHECK(keys.merge(shown, "itself"));
}

TEST_CASE("keys have one name as a flag and one in the environment") {
  CHECK(flag_name("maxReportBytes") == "max-report-bytes");
  CHECK(flag_name("tls.ca") == "tls-ca");
  CHECK(flag_name("rest.tls.clientCa") == "rest-tls-client-ca");
  CHECK(environment_name("verifier", "maxReportBytes") == "TROTH_VERIFIER_MAX_REPORT_BYTES");
  CHECK(environment_name("verifier", "tls.ca") == "TROTH_VERIFIER_TLS_CA");
}

TEST_CASE("the nearest word is the one with the fewest edits, if that could be a slip") {
  const std::vector<std::string> words{"listen", "admin", "logLevel"};
  CHECK(nearest("lissen", words) == "listen");
  CHECK(nearest("LOGLEVEL", words) == "logLevel");
  CHECK(nearest("xyz", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(nearest(std::string(10'000, 'a'), words).empty());
}

TEST_CASE_FIXTURE(configuration_fixture,
                  "flags win over the environment, and that over files, and the later file") {
  const auto first = write(
    "a.json", R"({"listen": "a", "tls": {"ca": "a"}, "peers": ["a"], "maxReportBytes": 1})");
  const auto second = write("b.json",
                            R"({"listen": "b", "tls": {"ca": "b"}, "peers": ["b", "c"]})");
  environment = {{"TROTH_TEST_LISTEN", "e"}, {"TROTH_TEST_TLS_CA", "e"}, {"HOME", "x"}};
  CHECK(run({"--config", first.c_str(), "--config", second.c_str(), "--listen", "f"}) == serve);
  CHECK(listen == "f");
  CHECK(ca == "e");
  CHECK(peers == std::vector<std::string>{"b", "c"});
  CHECK(size == 1);
}

TEST_CASE_FIXTURE(configuration_fixture, "typed values have the types of their keys") {
  environment = {{"TROTH_TEST_PEERS", "a:1,b:2"}, {"TROTH_TEST_TLS_PASSWORD", "hush"}};
  CHECK(run({"--max-report-bytes", "7", "--is-open"}) == serve);
  CHECK(size == 7);
  CHECK(is_open);
  CHECK(password == "hush");
  CHECK(peers == std::vector<std::string>{"a:1", "b:2"});
  environment.clear();
  CHECK(run({"--is-open=false", "--peers", "x", "--peers", "y,z"}) == serve);
  CHECK(!is_open);
  CHECK(peers == std::vector<std::string>{"x", "y", "z"});
}

TEST_CASE_FIXTURE(configuration_fixture, "a wrong command line, environment or file ends with 2") {
  const auto broken = write("broken.json", "{");
  const auto twice = write("twice.json", R"({"listen": "a", "listen": "b"})");
  CHECK(run({"--lisen", "x"}) == exit_code::usage);
  CHECK(err.str() == "troth-test: unknown_key: --lisen: is --listen meant?\n");
  CHECK(run({"stray"}) == exit_code::usage);
  CHECK(run({"--tls-password", "x"}) == exit_code::usage); // would be seen by everybody
  CHECK(run({"--listen"}) == exit_code::usage);
  CHECK(run({"--max-report-bytes", "x"}) == exit_code::usage);
  CHECK(run({"--max-report-bytes", "101"}) == exit_code::usage);
  CHECK(run({"--is-open=maybe"}) == exit_code::usage);
  CHECK(run({"--config", (folder.path() / "none").c_str()}) == exit_code::usage);
  CHECK(run({"--config", broken.c_str()}) == exit_code::usage);
  CHECK(run({"--config", twice.c_str()}) == exit_code::usage);
  environment = {{"TROTH_TEST_LISEN", "x"}};
  err.str("");
  CHECK(run({}) == exit_code::usage);
  CHECK(err.str()
        == "troth-test: unknown_key: environment: TROTH_TEST_LISEN: is TROTH_TEST_LISTEN meant?\n");
}

TEST_CASE_FIXTURE(configuration_fixture,
                  "help and version end with 0, and name all that can be set") {
  CHECK(run({"--version"}) == exit_code::good);
  CHECK(out.str() == "troth-test 1.2.3\n");
  out.str("");
  CHECK(run({"--help"}) == exit_code::good);
  for (const auto* flag : {"--listen", "--tls-ca", "--max-report-bytes", "--is-open", "--peers",
                           "--config", "--check-config", "--print-config", "health"})
    CHECK(out.str().find(flag) != std::string::npos);
  CHECK(out.str().find("--tls-password") == std::string::npos);
}

TEST_CASE_FIXTURE(configuration_fixture, "a command is read beside the configuration") {
  CHECK(run({"--check-config"}) == -1 - static_cast<int>(command::check_configuration));
  CHECK(run({"--print-config", "--listen", "x"})
        == -1 - static_cast<int>(command::print_configuration));
  CHECK(run({"health", "--listen", "y"}) == -1 - static_cast<int>(command::health));
  CHECK(listen == "y");
}

TEST_SUITE_END();
