#include "services/logging.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>
#include <utility>

namespace troth::services {

namespace {

constexpr std::array level_names{"debug", "info", "warning", "error"};

/// Escapes what is not printable ASCII, so that no value ends its line or moves a cursor.
std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else
      ((out += "\\x") += digits[byte >> 4U]) += digits[byte & 0xfU];
  }
  return out;
}

/// Escapes a value, and quotes it if it would not stand as one word.
std::string word(std::string_view text) {
  auto out = escaped(text);
  const auto is_plain = !out.empty() && out.find_first_of(" =\"\\") == std::string::npos;
  return is_plain ? out : '"' + out + '"';
}

std::string as_json(time_point when, log_level level, std::string_view service,
                    std::string_view event, std::initializer_list<log_field> fields) {
  nlohmann::ordered_json line{
    {"time", format_time_ns(when)}, {"level", name(level)}, {"service", service}, {"event", event}};
  for (const auto& field : fields)
    line[std::string{field.name}] = field.value;
  constexpr bool ascii_only = true;
  return line.dump(-1, ' ', ascii_only, nlohmann::ordered_json::error_handler_t::replace);
}

/// The sink that all events of the process go to. Their lines are made here, not by spdlog.
spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("events",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

} // namespace

std::string format_event(log_format format, time_point when, log_level level,
                         std::string_view service, std::string_view event,
                         std::initializer_list<log_field> fields) {
  if (format == log_format::json)
    return as_json(when, level, service, event, fields);
  auto out = format_time_ns(when);
  for (const auto part : {name(level), service, event})
    (out += ' ') += escaped(part);
  for (const auto& field : fields)
    (((out += ' ') += field.name) += '=') += word(field.value);
  return out;
}

std::string_view name(log_level level) noexcept {
  return level_names[static_cast<std::size_t>(level)];
}

log_level parse_log_level(std::string_view text) {
  for (std::size_t n = 0; n < level_names.size(); ++n)
    if (level_names.at(n) == text)
      return static_cast<log_level>(n);
  return log_level::info;
}

event_log::event_log(std::string service, log_level least, log_format format)
  : service_(std::move(service)), least_(std::make_shared<std::atomic<log_level>>(least)),
    format_(format) {
  // nop
}

void event_log::write(log_level level, std::string_view event,
                      std::initializer_list<log_field> fields) const {
  if (level < *least_)
    return;
  sink().info("{}", format_event(format_, std::chrono::system_clock::now(), level, service_, event,
                                 fields));
}

} // namespace troth::services
