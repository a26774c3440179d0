#include "tools/terminal/pages.hpp"

#include "tools/terminal/options.hpp"

#include <doctest/doctest.h>

using namespace troth::terminal;

namespace {

/// A command line with one of everything.
struct sample {
  sample() {
    app.footer("Exits with 0.");
    auto* const create = app.add_subcommand("create", "Make it");
    auto* const thing = create->add_subcommand("thing", "Make a thing");
    add_choice(*thing, "--form", form, forms, "Its form");
    thing->add_option("-o,--out", out, ".dotted, and C:\\path")->required();
    auto* const group = thing->add_option_group("either");
    group->add_flag("--dry", is_dry, "Do nothing");
    thing->add_option("FILE", file, "What is read");
    add_pages(app, "1.2");
  }

  const std::map<std::string, int> forms{{"round", 1}, {"square", 2}};
  CLI::App app{"Does things.", "the-tool"};
  std::string out;
  std::string file;
  int form = 0;
  bool is_dry = false;
};

} // namespace

TEST_SUITE_BEGIN("tools/pages");

TEST_CASE("a manual tells each command and option, and escapes what roff would read") {
  const sample of;
  const auto page = manual_of(of.app, "1.2");
  for (const auto* const part :
       {".TH THE\\-TOOL 1 \"\" \"Troth 1.2\" Troth\n", ".SH NAME\nthe\\-tool \\- Does things.\n",
        ".SS create\nMake it\n", ".SS create thing\nMake a thing\n",
        ".TP\n\\fB\\-\\-form\\fR \\fIround|square\\fR\nIts form\n",
        ".TP\n\\fB\\-o,\\-\\-out\\fR \\fITEXT\\fR\n\\&.dotted, and C:\\epath (required)\n",
        ".TP\n\\fB\\-\\-dry\\fR\nDo nothing\n", ".TP\n\\fBFILE\\fR\nWhat is read\n",
        ".SH EXIT STATUS\nExits with 0.\n"}) {
    CAPTURE(part);
    CHECK(page.find(part) != std::string::npos);
  }
}

TEST_CASE("a completion knows what may stand where") {
  const sample of;
  const auto script = completion_of(of.app);
  for (const auto* const part :
       {"'create'|'create thing')", "'create thing --form') COMPREPLY=($(compgen -W 'round square'",
        "'create thing -o'|'create thing --out') return ;;",
        "'create') words='-h --help thing ' ;;", "complete -o default -F _the_tool the-tool\n"}) {
    CAPTURE(part);
    CHECK(script.find(part) != std::string::npos);
  }
  CHECK(script.find("--dry') return") == std::string::npos); // a flag takes no value
}

TEST_CASE("pages are printed instead of doing anything") {
  sample of;
  CHECK_THROWS_AS(of.app.parse("--manual"), CLI::CallForVersion);
  CHECK_THROWS_AS(of.app.parse("--completion"), CLI::CallForVersion);
}

TEST_SUITE_END();
