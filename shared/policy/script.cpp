#include "shared/policy/script.hpp"

#include "shared/policy/exchange.hpp"
#include "shared/policy/process.hpp"

#include <csignal>

namespace troth::policy {

namespace {

struct answered {
  answer_kind is;
  std::string text;
};

bytes question_of(task what, std::string_view script, byte_view result_json) {
  const auto size = static_cast<std::uint32_t>(script.size());
  bytes out{static_cast<std::uint8_t>(what)};
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(size >> shift));
  out.insert(out.end(), script.begin(), script.end());
  out.insert(out.end(), result_json.begin(), result_json.end());
  return out;
}

/// Says why a helper died before it answered.
error death_by(int signal) {
  switch (signal) {
  case SIGXCPU:
  case SIGKILL: // the hard limit of the same
    return {errc::timeout, "policy: too much of the processor's time"};
  case SIGSYS:
    return {errc::forbidden, "policy: something else than computing"};
  case SIGSEGV: // the stack's end
  case SIGABRT:
    return {errc::exhausted, "policy: too much memory"};
  default:
    return {errc::unavailable, "policy: the helper ended by signal " + std::to_string(signal)};
  }
}

result<answered> ask(task what, std::string_view script, byte_view result_json,
                     const script_limits& limits) {
  if (script.size() > max_script_bytes || result_json.size() > max_result_bytes)
    return error{errc::too_large, "policy: script or result"};
  const auto done = ask_process({limits.helper, "--cpu-seconds", std::to_string(limits.cpu.count()),
                                 "--memory-bytes", std::to_string(limits.memory_bytes)},
                                question_of(what, script, result_json), max_answer_bytes,
                                limits.wall);
  if (!done)
    return done.error();
  if (done->signal != 0)
    return death_by(done->signal);
  if (done->said.empty())
    return error{errc::unavailable, "policy: the helper said nothing"};
  return answered{static_cast<answer_kind>(done->said.front()),
                  to_text(byte_view{done->said}.subspan(1))};
}

error refusal(const answered& by) {
  switch (by.is) {
  case answer_kind::exception:
    return {errc::malformed, "policy: " + by.text};
  case answer_kind::exhausted:
    return {errc::exhausted, "policy: " + by.text};
  case answer_kind::no_value:
    return {errc::malformed, "policy: a value that is no boolean: " + by.text};
  default:
    return {errc::unavailable, "policy: the helper gave an answer that does not fit"};
  }
}

} // namespace

result<void> compile_script(std::string_view script, const script_limits& limits) {
  const auto said = ask(task::compile, script, {}, limits);
  if (!said)
    return said.error();
  if (said->is != answer_kind::compiled)
    return refusal(*said);
  return {};
}

result<script_answer> run_script(std::string_view script, byte_view result_json,
                                 const script_limits& limits) {
  auto said = ask(task::run, script, result_json, limits);
  if (!said)
    return said.error();
  switch (said->is) {
  case answer_kind::passes:
    return script_answer{true, std::nullopt};
  case answer_kind::refuses:
    return script_answer{false, std::nullopt, (*std::move(said)).text};
  case answer_kind::text:
    return script_answer{true, (*std::move(said)).text};
  default:
    return refusal(*said);
  }
}

} // namespace troth::policy
