#include "services/policy/engine.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <duktape.h>
#include <memory>
#include <string_view>
#include <unistd.h>

namespace troth::policy_helper {

namespace {

using policy::answer_kind;

constexpr std::size_t max_shown = 512; // of an exception's text
constexpr std::size_t header = alignof(std::max_align_t);

bytes say(answer_kind is, std::string_view text = {}) {
  bytes out(1 + text.size());
  out.front() = static_cast<std::uint8_t>(is);
  std::ranges::copy(text, out.begin() + 1);
  return out;
}

/// Gives the globals a `console` that keeps its lines, and is a function that returns them. It is
/// JavaScript like the script itself, and all that a script can do to it changes is those lines.
constexpr std::string_view console_source = R"((function (globals, most) {
  var said = '';
  function log() {
    var line = '';
    for (var n = 0; n < arguments.length; ++n)
      line += (n > 0 ? ' ' : '') + arguments[n];
    if (said.length < most)
      said += (said === '' ? '' : '\n') + line;
  }
  globals.console = {log: log, debug: log, info: log, warn: log, error: log};
  return function () { return said; };
}))";
constexpr const char* console_name = "console"; // of that function in the engine's stash

/// Counts what the script's values take, and gives no more than the limit. Each block has its size
/// in front.
class accountant {
public:
  explicit accountant(std::uint64_t limit) : limit_(limit) {
    // nop
  }

  static void* take(void* self, duk_size_t size) {
    return static_cast<accountant*>(self)->resize(nullptr, size);
  }
  static void* change(void* self, void* block, duk_size_t size) {
    return static_cast<accountant*>(self)->resize(block, size);
  }
  static void give_back(void* self, void* block) {
    static_cast<accountant*>(self)->resize(block, 0);
  }

private:
  static std::byte* start_of(void* block) {
    return block != nullptr ? static_cast<std::byte*>(block) - header : nullptr;
  }

  void* resize(void* block, std::size_t size) {
    auto* const start = start_of(block);
    std::size_t before = 0;
    if (start != nullptr)
      std::copy_n(start, sizeof before, static_cast<std::byte*>(static_cast<void*>(&before)));
    if (size == 0) {
      used_ -= before;
      std::free(start);
      return nullptr;
    }
    if (size > limit_ || used_ - before + size > limit_)
      return nullptr;
    auto* const made = static_cast<std::byte*>(std::realloc(start, size + header));
    if (made == nullptr)
      return nullptr;
    used_ += size - before;
    std::copy_n(static_cast<const std::byte*>(static_cast<const void*>(&size)), sizeof size, made);
    return made + header;
  }

  std::uint64_t limit_;
  std::uint64_t used_ = 0;
};

/// What the engine calls when it cannot go on, not even with an exception.
[[noreturn]] void give_up(void*, const char*) {
  const auto said = say(answer_kind::exhausted, "the engine gave up");
  (void)!write(STDOUT_FILENO, said.data(), said.size());
  _exit(0);
}

struct end_engine {
  void operator()(duk_context* engine) const noexcept { duk_destroy_heap(engine); }
};

std::string_view text_at_top(duk_context* engine) {
  duk_size_t size = 0;
  const auto* const text = duk_safe_to_lstring(engine, -1, &size);
  return {text, size};
}

/// Says what stands on top of the stack: an exception.
bytes say_exception(duk_context* engine) {
  const auto code = duk_get_error_code(engine, -1);
  const auto text = text_at_top(engine);
  // Out of memory, and too deep: RangeError is the engine's for both.
  const auto is_limit = code == DUK_ERR_RANGE_ERROR || text.find("alloc failed") != text.npos;
  return say(is_limit ? answer_kind::exhausted : answer_kind::exception, text.substr(0, max_shown));
}

/// Returns what the script wrote to the console; empty if it did something to that.
std::string_view console_lines(duk_context* engine) {
  duk_push_global_stash(engine);
  duk_get_prop_string(engine, -1, console_name);
  if (duk_pcall(engine, 0) != 0 || duk_is_string(engine, -1) == 0)
    return {};
  return text_at_top(engine).substr(0, max_shown);
}

/// Says what stands on top of the stack: the script's value. An object is none, whatever it
/// would convert to.
bytes say_value(duk_context* engine) {
  if (duk_is_boolean(engine, -1) != 0)
    return duk_get_boolean(engine, -1) != 0 ? say(answer_kind::passes)
                                            : say(answer_kind::refuses, console_lines(engine));
  if (duk_is_string(engine, -1) != 0 && duk_is_symbol(engine, -1) == 0)
    return say(answer_kind::text, text_at_top(engine));
  duk_push_string(engine, duk_is_undefined(engine, -1) != 0  ? "undefined"
                          : duk_is_null(engine, -1) != 0     ? "null"
                          : duk_is_number(engine, -1) != 0   ? "a number"
                          : duk_is_function(engine, -1) != 0 ? "a function"
                                                             : "an object");
  return say(answer_kind::no_value, text_at_top(engine));
}

/// Makes the globals what a script may see. Throws in the engine if there is no memory.
duk_ret_t prepare(duk_context* engine, void* json) {
  const auto& text = *static_cast<const std::string_view*>(json);
  duk_push_global_object(engine);
  duk_del_prop_string(engine, -1, "Duktape"); // the engine's own: finalizers, threads
  duk_push_lstring(engine, text.data(), text.size());
  duk_put_prop_string(engine, -2, policy::result_variable);
  duk_push_global_stash(engine); // which scripts cannot reach
  duk_push_lstring(engine, console_source.data(), console_source.size());
  duk_eval(engine);
  duk_push_global_object(engine);
  duk_push_uint(engine, max_shown);
  duk_call(engine, 2);
  duk_put_prop_string(engine, -2, console_name);
  return 0;
}

std::string_view as_text(byte_view of) {
  return {static_cast<const char*>(static_cast<const void*>(of.data())), of.size()};
}

} // namespace

bytes answer(policy::task what, byte_view script, byte_view json, std::uint64_t memory_bytes) {
  accountant memory{memory_bytes};
  const std::unique_ptr<duk_context, end_engine> engine{
    duk_create_heap(accountant::take, accountant::change, accountant::give_back, &memory, give_up)};
  if (!engine)
    return say(answer_kind::exhausted, "no memory for the engine");
  auto* const it = engine.get();
  auto text = as_text(json);
  if (duk_safe_call(it, prepare, &text, 0, 1) != 0)
    return say_exception(it);
  duk_pop(it);
  duk_push_string(it, "policy");
  if (duk_pcompile_lstring_filename(it, DUK_COMPILE_EVAL, as_text(script).data(), script.size())
      != 0)
    return say_exception(it);
  if (what == policy::task::compile)
    return say(answer_kind::compiled);
  if (duk_pcall(it, 0) != 0)
    return say_exception(it);
  return say_value(it);
}

} // namespace troth::policy_helper
