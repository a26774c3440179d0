#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace prometheus {
class Registry;
}

namespace troth::services {

/// The figures of one process. Any thread may call.
///
/// Labels come from small fixed sets, never from a caller's input: each combination lives on.
class metrics {
public:
  using labels = std::map<std::string, std::string>;

  /// Begins with `troth_build_info{service, version} 1`.
  metrics(const std::string& service, const std::string& version);
  ~metrics();

  /// Adds to a counter, whose name ends in `_total`. The first call makes it.
  void count(const std::string& name, const std::string& help, const labels& with = {},
             double amount = 1);

  void set(const std::string& name, const std::string& help, const labels& with, double value);

  /// Adds to a histogram of seconds.
  void observe_seconds(const std::string& name, const std::string& help, const labels& with,
                       double seconds);

  /// Has `call` called before the figures are told: for those that are counted elsewhere.
  void before_text(std::function<void()> call) { before_text_ = std::move(call); }

  /// Returns all figures.
  /// @see Prometheus text exposition format 0.0.4
  std::string text() const;

private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::function<void()> before_text_ = [] {};
};

/// What `text` is.
inline constexpr const char* metrics_media_type = "text/plain; version=0.0.4; charset=utf-8";

} // namespace troth::services
