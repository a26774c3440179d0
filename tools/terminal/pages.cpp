#include "tools/terminal/pages.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace troth::terminal {

namespace {

/// A command and the words that lead to it, `create manifest`; none for the program itself.
struct command {
  std::string words;
  const CLI::App* app;
};

bool is_group(const CLI::App* app) {
  return app->get_name().empty(); // of options: CLI11 has it among the subcommands
}

/// Adds what is below a command, as `--help` lists it.
void add_commands(const CLI::App& below, const std::string& words, std::vector<command>& into) {
  for (const auto* each : below.get_subcommands([](const auto* one) { return !is_group(one); })) {
    into.push_back({words.empty() ? each->get_name() : words + ' ' + each->get_name(), each});
    add_commands(*each, into.back().words, into);
  }
}

std::vector<command> commands_of(const CLI::App& app) {
  std::vector<command> out{{"", &app}};
  add_commands(app, "", out);
  return out;
}

/// Returns the options of a command, those in groups behind the others.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  auto out = app.get_options([](const CLI::Option*) { return true; });
  for (const auto* group : app.get_subcommands(is_group)) {
    const auto more = options_of(*group);
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

/// Returns what a value is, `TEXT`, `FLOAT` or `json|cbor`, without what checks add to it.
std::string type_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

// -- the page

/// Returns text that roff shows as it is: nothing in it is a request or an escape.
std::string roff(std::string_view text) {
  std::string out;
  for (const auto each : text) {
    const auto begins_line = out.empty() || out.back() == '\n';
    if (begins_line && (each == '.' || each == '\''))
      out += "\\&";
    if (each == '\\')
      out += "\\e";
    else if (each == '-')
      out += "\\-";
    else
      out += each;
  }
  return out;
}

std::string entry_of(const CLI::Option& option) {
  auto out = ".TP\n\\fB" + roff(option.get_name(option.get_positional(), true)) + "\\fR";
  if (takes_value(option) && !option.get_positional())
    out += " \\fI" + roff(type_of(option)) + "\\fR";
  out += '\n' + roff(option.get_description());
  if (!option.get_default_str().empty())
    out += " (default: " + roff(option.get_default_str()) + ')';
  if (option.get_required())
    out += " (required)";
  return out + '\n';
}

std::string entries_of(const CLI::App& app) {
  std::string out;
  for (const auto* each : options_of(app))
    out += entry_of(*each);
  return out;
}

std::string in_capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char each) { return std::toupper(each); });
  return text;
}

// -- the script

/// Returns a word of bash, or a pattern that only it matches.
std::string word_of(const std::string& text) {
  std::string out = "'";
  for (const auto each : text)
    out += each == '\'' ? "'\\''" : std::string(1, each);
  return out + '\'';
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const auto& each : option.get_snames())
    out.push_back('-' + each);
  for (const auto& each : option.get_lnames())
    out.push_back("--" + each);
  return out;
}

/// Returns a branch of `case`: what stands behind a command and an option.
std::string value_branch(const std::string& words, const CLI::Option& option) {
  std::string patterns;
  for (const auto& name : names_of(option))
    patterns += (patterns.empty() ? "" : "|") + word_of(words + ' ' + name);
  auto choices = type_of(option);
  if (choices.find('|') == std::string::npos)
    return "    " + patterns + ") return ;;\n";
  std::ranges::replace(choices, '|', ' ');
  return "    " + patterns + ") COMPREPLY=($(compgen -W " + word_of(choices)
         + " -- \"$word\")); return ;;\n";
}

/// Returns a branch of `case`: what may stand behind a command.
std::string word_branch(const command& of) {
  std::string words;
  for (const auto* option : options_of(*of.app))
    for (const auto& name : names_of(*option))
      words += name + ' ';
  for (const auto* below : of.app->get_subcommands([](const auto* one) { return !is_group(one); }))
    words += below->get_name() + ' ';
  return "    " + word_of(of.words) + ") words=" + word_of(words) + " ;;\n";
}

} // namespace

std::string manual_of(const CLI::App& app, const std::string& version) {
  const auto name = roff(app.get_name());
  auto out = ".TH " + in_capitals(name) + " 1 \"\" \"Troth " + roff(version) + "\" Troth\n";
  out += ".SH NAME\n" + name + " \\- " + roff(app.get_description()) + '\n';
  out += ".SH SYNOPSIS\n\\fB" + name + "\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n";
  out += ".SH OPTIONS\n" + entries_of(app) + ".SH COMMANDS\n";
  for (const auto& [words, each] : commands_of(app))
    if (!words.empty())
      out += ".SS " + roff(words) + '\n' + roff(each->get_description()) + '\n' + entries_of(*each);
  return out + ".SH EXIT STATUS\n" + roff(app.get_footer()) + '\n';
}

std::string completion_of(const CLI::App& app) {
  std::string commands;
  std::string values;
  std::string words;
  for (const auto& each : commands_of(app)) {
    if (!each.words.empty())
      commands += (commands.empty() ? "" : "|") + word_of(each.words);
    for (const auto* option : options_of(*each.app))
      if (takes_value(*option) && option->nonpositional())
        values += value_branch(each.words, *option);
    words += word_branch(each);
  }
  auto function = '_' + app.get_name();
  std::ranges::replace(function, '-', '_');
  return "# Completes " + app.get_name() + " in bash.\n" + function + "() {\n"
         + "  local word=${COMP_WORDS[COMP_CWORD]} command= words= each\n"
         + "  for each in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         + "    case \"${command:+$command }$each\" in\n      " + commands
         + ") command=\"${command:+$command }$each\" ;;\n    esac\n  done\n"
         + "  case \"$command ${COMP_WORDS[COMP_CWORD-1]}\" in\n" + values + "  esac\n"
         + "  case \"$command\" in\n" + words + "  esac\n"
         + "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n" + "complete -o default -F "
         + function + ' ' + app.get_name() + '\n';
}

void add_pages(CLI::App& app, const std::string& version) {
  const auto add = [&app](const std::string& flag, auto page, const std::string& description) {
    app.add_flag_callback(
      flag,
      [page] {
        auto text = page();
        text.pop_back(); // CLI11 ends the line
        throw CLI::CallForVersion(text, 0);
      },
      description);
  };
  add(
    "--manual", [&app, version] { return manual_of(app, version); }, "Print a page for man");
  add(
    "--completion", [&app] { return completion_of(app); }, "Print a script that bash completes by");
}

} // namespace troth::terminal
