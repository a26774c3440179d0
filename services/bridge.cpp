#include "services/bridge.hpp"

namespace troth::services {

namespace {

caf::behavior run_tasks(caf::event_based_actor* self) {
  return {[self](const bridge_task& task) { task.run(self); }};
}

} // namespace

bridge::bridge(caf::actor_system& system) : actor_(system.spawn(run_tasks)) {
  // nop
}

bridge::~bridge() {
  caf::anon_send_exit(actor_, caf::exit_reason::kill);
}

void bridge::submit(std::function<void(caf::event_based_actor*)> task) const {
  caf::anon_send(actor_, bridge_task{std::move(task)});
}

} // namespace troth::services
