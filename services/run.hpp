#pragma once

#include "services/node.hpp"

#include <cstddef>

namespace troth::services {

/// One of our services, as `run` sees it.
class service {
public:
  virtual ~service() = default;

  /// Adds its own keys. The values of their variables are the defaults.
  virtual void define(configuration& keys) = 0;

  /// Checks what the keys alone do not say, and loads what it needs; touches no network.
  virtual result<void> prepare(const common_options& chosen) = 0;

  /// Returns where it dials its peers, as configured.
  virtual std::vector<dialled_address> dials() const { return {}; }

  /// Returns how many threads run its actors.
  virtual std::size_t threads() const = 0;

  /// Spawns, publishes, listens. What it makes lives as long as this object, which outlives `on`.
  virtual result<void> start(node& on) = 0;
};

/// The main function of every service: reads the configuration, serves until told to stop.
/// @param chosen the defaults of the common keys.
/// @returns the exit code.
int run(int argc, char** argv, const identity& who, common_options chosen, service& what);

} // namespace troth::services
