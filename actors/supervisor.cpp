#include "actors/supervisor.hpp"

#include <caf/all.hpp>

#include <memory>
#include <utility>

namespace troth::actors {

namespace {

using nothing_atom = caf::atom_constant<caf::atom("nothing")>;

class watch {
public:
  watch(caf::event_based_actor* self, const restart_limits& limits, const supervisor_ports& ports)
    : self_(self), limit_(limits), ports_(ports) {
    start();
  }
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;

  /// An actor that is killed has no say, but its state ends with it.
  ~watch() { caf::anon_send_exit(child_, caf::exit_reason::kill); }

  caf::result<caf::message> hand_on(caf::message_view& what) {
    auto* element = self_->current_mailbox_element();
    const auto to = caf::actor_cast<caf::strong_actor_ptr>(child_);
    to->enqueue(element->sender, element->mid, what.move_content_to_message(), self_->context());
    element->mid.mark_as_answered();
    return caf::delegated<caf::message>{};
  }

  void on_exit(const caf::error& reason) {
    is_ending_ = true;
    self_->send_exit(child_, reason);
  }

  void on_down(const caf::down_msg& down) {
    if (child_ != down.source)
      return;
    if (is_ending_)
      return self_->quit(down.reason);
    if (!limit_.allows_another(self_->clock().now()))
      return self_->quit(down.reason);
    start();
    ports_.restarted(down.reason);
  }

private:
  void start() {
    child_ = ports_.spawn();
    self_->monitor(child_);
  }

  caf::event_based_actor* const self_;
  restart_limit limit_;
  const supervisor_ports ports_;
  caf::actor child_;
  bool is_ending_ = false;
};

} // namespace

caf::behavior supervisor(caf::event_based_actor* self, const restart_limits& limits,
                         const supervisor_ports& ports) {
  const auto core = std::make_shared<watch>(self, limits, ports);
  self->set_exit_handler([core](caf::exit_msg& what) { core->on_exit(what.reason); });
  self->set_down_handler([core](caf::down_msg& what) { core->on_down(what); });
  self->set_default_handler(
    [core](caf::scheduled_actor*, caf::message_view& what) { return core->hand_on(what); });
  return {[](nothing_atom) {}}; // which nobody sends: all goes to the default handler
}

} // namespace troth::actors
