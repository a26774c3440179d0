#pragma once

#include <chrono>
#include <string_view>

namespace troth::services {

/// Blocks the signals that stop a service, in this thread and those it starts, and has a lost
/// connection be an error instead of a signal. To be called before anything starts a thread.
void block_stop_signals();

/// Waits for one of them.
void wait_for_stop();

/// Has `wait_for_stop` return, as a signal from outside would. Any thread may call.
void request_stop();

/// Tells systemd the state of the service, e.g. `READY=1`. Does nothing where systemd does not ask.
/// @see sd_notify(3)
void notify_supervisor(std::string_view state);

/// Ends the process, with this exit code, unless it has ended by itself by then.
void end_within(std::chrono::milliseconds time, int exit_code);

} // namespace troth::services
