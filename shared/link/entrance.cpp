#include "shared/link/entrance.hpp"

#include <caf/io/abstract_broker.hpp>
#include <caf/make_counted.hpp>

#include <atomic>
#include <unistd.h>
#include <utility>

namespace troth::link {

namespace {

namespace net = caf::io::network;

caf::io::accept_handle next_entrance() {
  static std::atomic<std::int64_t> last{std::int64_t{1} << 40U};
  return caf::io::accept_handle::from_int(++last);
}

} // namespace

entrance::entrance(net::default_multiplexer& loop, std::shared_ptr<arrivals> from,
                   std::uint16_t number, std::shared_ptr<const connection_rules> rules,
                   std::shared_ptr<node_claims> claims, std::function<void()> on_close)
  : doorman(next_entrance()), from_(std::move(from)), number_(number), rules_(std::move(rules)),
    claims_(std::move(claims)), on_close_(std::move(on_close)), taker_(loop, from_) {
  // nop
}

entrance::~entrance() {
  close();
}

void entrance::close() {
  from_->close();
  if (const auto call = std::exchange(on_close_, nullptr))
    call();
}

bool entrance::new_connection() {
  if (detached())
    return false;
  auto& loop = taker_.backend();
  auto made = caf::make_counted<connection>(loop, taker_.take(), side::accepting, rules_, claims_);
  const auto handle = made->hdl();
  parent()->add_scribe(std::move(made));
  return doorman::new_connection(&loop, handle);
}

void entrance::graceful_shutdown() {
  close();
  taker_.graceful_shutdown();
  detach(&taker_.backend(), false);
}

void entrance::launch() {
  taker_.start(this);
}

void entrance::add_to_loop() {
  taker_.activate(this);
}

void entrance::remove_from_loop() {
  taker_.passivate();
}

// CAF closes the descriptor that it is given.
entrance::taker::taker(net::default_multiplexer& loop, std::shared_ptr<arrivals> from)
  : acceptor(loop, dup(from->fd())), from_(std::move(from)) {
  // nop
}

void entrance::taker::handle_event(net::operation what) {
  handle_event_impl(what, *this);
}

bool entrance::taker::try_accept(int& accepted, int) {
  auto next = from_->pop();
  if (!next)
    return false;
  accepted = next->fd.get();
  next_.emplace(*std::move(next));
  return true;
}

established entrance::taker::take() {
  established out{*std::move(next_)};
  next_.reset();
  return out;
}

} // namespace troth::link
