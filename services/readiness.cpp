#include "services/readiness.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace troth::services {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 3s; // a peer takes 2 s for those behind it

/// The answers so far.
struct poll {
  std::mutex mutex;
  std::size_t open;
  protocol::readiness all{true, {}};
  std::function<void(protocol::readiness)> then;

  void add(const result<protocol::readiness>& one) {
    const auto is_ready = one && one->is_ready;
    const std::lock_guard lock{mutex};
    if (!is_ready) {
      all.is_ready = false;
      all.reasons += (all.reasons.empty() ? "" : "\n")
                     + (one ? one->reasons : to_string(one.error()));
    }
    if (--open == 0)
      then(all);
  }
};

} // namespace

void readiness::depends_on(protocol::peer_actor actor) {
  const std::lock_guard lock{mutex_};
  all_.push_back(std::move(actor));
}

void readiness::begin() {
  const std::lock_guard lock{mutex_};
  withdrawn_.clear();
}

void readiness::withdraw(const std::string& why) {
  const std::lock_guard lock{mutex_};
  withdrawn_ = why;
  all_.clear(); // a handle keeps an actor's own thread, and with it the process
}

void readiness::ask(std::function<void(protocol::readiness)> then) const {
  std::vector<protocol::peer_actor> all;
  std::string withdrawn;
  {
    const std::lock_guard lock{mutex_};
    all = all_;
    withdrawn = withdrawn_;
  }
  if (!withdrawn.empty() || all.empty())
    return then({withdrawn.empty(), withdrawn});
  const auto answers = std::make_shared<poll>();
  answers->open = all.size();
  answers->then = std::move(then);
  for (const auto& one : all)
    actors_->ask<protocol::readiness>(
      one, "ready", patience, [answers](const auto& answer) { answers->add(answer); },
      protocol::ready_atom_v);
}

} // namespace troth::services
