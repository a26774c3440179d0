#include "shared/policy/script.hpp"

#include "shared/policy/process.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::policy;
using namespace std::chrono_literals;

namespace {

script_limits limits() {
  script_limits out;
  out.helper = TROTH_POLICY_HELPER;
  out.memory_bytes = 16 * 1024 * 1024;
  return out;
}

result<script_answer> run(std::string_view script, std::string_view json = "{}") {
  return run_script(script, to_bytes(json), limits());
}

void check_refused(errc code, const std::string& where, std::string_view script) {
  CAPTURE(std::string{script});
  const auto said = run(script);
  REQUIRE(!said);
  CHECK(name(said.error().code) == name(code));
  CAPTURE(said.error().where);
  CHECK(said.error().where.find(where) != std::string::npos);
}

} // namespace

TEST_SUITE_BEGIN("policy/script");

TEST_CASE("a script passes a result by the value of its last expression") {
  CHECK(run("true")->passes);
  CHECK(!run("false")->passes);
  CHECK(run("var x = JSON.parse(json); x.certLevel >= 2", R"({"certLevel": 2})")->passes);
  CHECK(!run("var x = JSON.parse(json); x.certLevel >= 2", R"({"certLevel": 1})")->passes);
  CHECK(!run("true")->replacement);
}

TEST_CASE("a text is a replacement of the result") {
  const auto said = run("var x = JSON.parse(json); x.b = 'ü'; JSON.stringify(x)", R"({"a":1})");
  REQUIRE(said);
  CHECK(said->replacement == R"({"a":1,"b":"ü"})");
}

TEST_CASE("nothing but a boolean or a text is an answer, whatever it converts to") {
  check_refused(errc::malformed, "an object", "new Boolean(true)");
  check_refused(errc::malformed, "an object", "({})");
  check_refused(errc::malformed, "an object", "[true]");
  check_refused(errc::malformed, "a number", "1");
  check_refused(errc::malformed, "null", "null");
  check_refused(errc::malformed, "undefined", "");
  check_refused(errc::malformed, "undefined", "if (false) true");
  check_refused(errc::malformed, "a function", "(function () { return true; })");
}

TEST_CASE("what a script does to the engine's objects makes no answer of something else") {
  CHECK(!run("Object.prototype.valueOf = Object.prototype.toString = function () { return true; };"
             "Boolean.prototype.valueOf = function () { return true; }; false")
           ->passes);
  check_refused(errc::malformed, "an object",
                "Object.prototype.toString = function () { return 'true'; }; ({})");
}

TEST_CASE("each question has an engine of its own") {
  CHECK(run("Object.prototype.polluted = true; leaked = 1; true")->passes);
  CHECK(run("typeof leaked === 'undefined' && ({}).polluted === undefined")->passes);
}

TEST_CASE("an exception is a refusal with its words") {
  check_refused(errc::malformed, "Error: because", "throw new Error('because')");
  check_refused(errc::malformed, "because", "throw 'because'");
  check_refused(errc::malformed, "TypeError", "JSON.parse(json).a.b.c");
  check_refused(errc::malformed, "uncaught",
                "throw {toString: function () { throw new Error('uncaught'); }}");
}

TEST_CASE("a script that does not compile is refused, also before it is ever run") {
  check_refused(errc::malformed, "SyntaxError", "true &&");
  const auto compiled = compile_script("true &&", limits());
  REQUIRE(!compiled);
  CHECK(compiled.error().code == errc::malformed);
  CHECK(compile_script("for (;;) {}", limits())); // which is not run
}

TEST_CASE("an infinite loop ends when its processor time is used up") {
  check_refused(errc::timeout, "processor", "for (;;) {}");
}

TEST_CASE("a regular expression that never ends is ended, too") {
  const auto said = run("/^(a+)+$/.test(new Array(40).join('a') + 'b')");
  REQUIRE(!said);
  const auto code = said.error().code;
  CHECK((code == errc::timeout || code == errc::exhausted || code == errc::malformed));
}

TEST_CASE("a script that takes all memory is refused") {
  check_refused(errc::exhausted, "", "var a = ['x']; for (;;) a.push(a.join());");
  check_refused(errc::exhausted, "", "var s = 'x'; for (;;) s += s;");
  check_refused(errc::exhausted, "",
                "try { var s = 'x'; for (;;) s += s; } catch (e) { throw e; }");
  check_refused(errc::exhausted, "", "new Uint8Array(1e9); true");
  check_refused(errc::exhausted, "", "new Uint8Array(17 * 1024 * 1024); true"); // of 16 MiB
}

TEST_CASE("a recursion without end is refused") {
  check_refused(errc::exhausted, "", "function f() { return f() + 1; } f()");
  check_refused(errc::exhausted, "",
                "var a = []; for (var i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)");
}

TEST_CASE("an answer that is too large is refused") {
  auto wide = limits();
  wide.memory_bytes = 256 * 1024 * 1024;
  const auto said = run_script("var s = 'x'; for (var i = 0; i < 25; i++) s += s; s",
                               to_bytes("{}"), wide);
  REQUIRE(!said);
  CHECK(said.error().code == errc::too_large);
}

TEST_CASE("a script finds no host to talk to") {
  CHECK(run("var names = ['require', 'process', 'print', 'alert', 'load', 'readFile',"
            "'fetch', 'XMLHttpRequest', 'setTimeout', 'Duktape', 'std', 'os', 'module'];"
            "names.every(function (n) { return !(n in this); }, this)")
          ->passes);
}

TEST_CASE("what a script that refuses wrote to its console is told") {
  CHECK(run("console.log('fine'); true")->passes);
  const auto said = run("console.log('level', 1); console.error('too', {}, null); false");
  REQUIRE(said);
  CHECK(!said->passes);
  CHECK(said->remarks == "level 1\ntoo [object Object] null");
  CHECK(run("false")->remarks.empty());
  CHECK(run("console.log(new Array(2000).join('x')); console.log('y'); false")->remarks
        == std::string(512, 'x'));
  CHECK(run("for (var i = 0; i < 1e4; i++) console.log('0123456789'); false")->remarks.size()
        <= 512);
}

TEST_CASE("a script that does something to its console changes nothing else") {
  CHECK(run("console = null; true")->passes);
  CHECK(!run("console.log = function () { return true; }; console.log(1); false")->passes);
  CHECK(run("console.log({toString: function () { return 'x'; }}); false")->remarks == "x");
  check_refused(errc::malformed, "TypeError", "console.log(Object.create(null)); true");
  CHECK(run("delete this.console; typeof console === 'undefined'")->passes);
}

TEST_CASE("a confined process dies of every system call but to compute and to answer") {
  script_limits attempts;
  attempts.helper = TROTH_CONFINED_ATTEMPT;
  CHECK(run_script("nothing", {}, attempts)->passes);
  for (const auto* const what :
       {"open", "socket", "fork", "kill", "read", "write elsewhere", "executable memory"}) {
    CAPTURE(what);
    const auto said = run_script(what, {}, attempts);
    REQUIRE(!said);
    CHECK(said.error().code == errc::forbidden);
  }
}

TEST_CASE("a helper that is none, or says nothing of use, is no verdict") {
  const auto with = [](const char* helper) {
    script_limits out;
    out.helper = helper;
    return run_script("true", {}, out);
  };
  CHECK(with("/nonexistent/helper").error().code == errc::unavailable);
  CHECK(with("/bin/true").error().code == errc::unavailable);
  CHECK(with("/bin/echo").error().code == errc::unavailable);
}

TEST_CASE("a process that does not end is ended") {
  const auto said = ask_process({"/bin/sleep", "60"}, {}, 16, 50ms);
  REQUIRE(!said);
  CHECK(said.error().code == errc::timeout);
}

TEST_CASE("a process that does not listen does not hold up who asks") {
  const auto said = ask_process({"/bin/true"}, bytes(8 * 1024 * 1024), 16, 5s);
  REQUIRE(said);
  CHECK(said->said.empty());
}

TEST_SUITE_END();
