#pragma once

#include "shared/base/time.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace troth::services {

enum class log_level : std::uint8_t { debug, info, warning, error };
enum class log_format : std::uint8_t { text, json };

/// One value of an event. Never a key, a token or a credential.
struct log_field {
  std::string_view name;
  std::string value;
};

/// Returns one event as a line without its end: printable ASCII only, whatever came in.
///
/// Text: `2026-11-24T09:43:36.012345678Z info verifier peer.lost address=10.0.0.1:1 why="..."`;
/// JSON: an object with `time`, `level`, `service`, `event` and the fields.
std::string format_event(log_format format, time_point when, log_level level,
                         std::string_view service, std::string_view event,
                         std::initializer_list<log_field> fields);

/// Reads `debug`, `info`, `warning` or `error`; the configuration has checked that it is one.
log_level parse_log_level(std::string_view text);

/// Returns the name of a level, as `parse_log_level` reads it.
std::string_view name(log_level level) noexcept;

/// Writes events to standard error, one line each. Cheap to copy; any thread may call.
class event_log {
public:
  event_log(std::string service, log_level least, log_format format);

  /// @param event a stable name, e.g. `peer.connected`.
  void write(log_level level, std::string_view event,
             std::initializer_list<log_field> fields = {}) const;

  void debug(std::string_view event, std::initializer_list<log_field> fields = {}) const {
    write(log_level::debug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<log_field> fields = {}) const {
    write(log_level::info, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<log_field> fields = {}) const {
    write(log_level::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<log_field> fields = {}) const {
    write(log_level::error, event, fields);
  }

  /// Has all copies write what is of this level or above.
  void set_level(log_level least) const { *least_ = least; }
  log_level level() const { return *least_; }

private:
  std::string service_;
  std::shared_ptr<std::atomic<log_level>> least_;
  log_format format_;
};

} // namespace troth::services
