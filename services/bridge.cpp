#include "services/bridge.hpp"

namespace troth::services {

caf::behavior bridge_tasks(caf::event_based_actor* self) {
  return {[self](const bridge_task& task) { task.run(self); }};
}

void bridge::submit(std::function<void(caf::event_based_actor*)> task) const {
  caf::anon_send(actor_, bridge_task{std::move(task)});
}

} // namespace troth::services
