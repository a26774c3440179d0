#include "shared/link/handshake.hpp"

#include <openssl/err.h>

#include <list>
#include <memory>
#include <mutex>
#include <poll.h>

namespace troth::link {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto patience = 20ms; // that the other side may be silent before anybody sleeps

/// A handshake that waits for its peer.
struct handshake {
  clock::time_point begun;
  bool is_evicted = false;
};

/// Of all threads: those in which a peer dialled us, the oldest first.
class waiting_room {
public:
  void enter(handshake* who) {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(who);
    if (waiting_.size() > max_handshakes) {
      waiting_.front()->is_evicted = true;
      waiting_.pop_front();
    }
  }

  void leave(handshake* who) {
    const std::lock_guard lock{mutex_};
    waiting_.remove(who);
  }

  bool is_evicted(const handshake* who) {
    const std::lock_guard lock{mutex_};
    return who->is_evicted;
  }

private:
  std::mutex mutex_;
  std::list<handshake*> waiting_; // guarded by mutex_, and so is is_evicted of each
};

waiting_room& waiting() {
  static auto* const room = new waiting_room; // outlives the threads of a process that exits
  return *room;
}

/// OpenSSL calls it when it frees an SSL object.
void forget(void*, void* state, CRYPTO_EX_DATA*, int, long, void*) {
  const std::unique_ptr<handshake> owned{static_cast<handshake*>(state)};
  if (owned)
    waiting().leave(owned.get());
}

int state_index() {
  static const int index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr,
                                                   nullptr, forget);
  return index;
}

handshake& state_of(SSL* ssl) {
  if (auto* known = static_cast<handshake*>(SSL_get_ex_data(ssl, state_index())))
    return *known;
  auto fresh = std::make_unique<handshake>(handshake{clock::now()});
  SSL_set_ex_data(ssl, state_index(), fresh.get());
  if (SSL_is_server(ssl) != 0)
    waiting().enter(fresh.get());
  return *fresh.release(); // `forget` frees it
}

void end(SSL* ssl) {
  auto* known = SSL_get_ex_data(ssl, state_index());
  SSL_set_ex_data(ssl, state_index(), nullptr);
  forget(nullptr, known, nullptr, 0, 0, nullptr);
}

/// Sleeps, at most once for all the handshakes that a thread goes round.
void wait_for(const SSL* ssl, clock::time_point now) {
  thread_local const SSL* sleeper = nullptr;
  thread_local clock::time_point slept;
  if (sleeper != ssl && now - slept < patience)
    return;
  pollfd one{SSL_get_fd(ssl), POLLIN, 0};
  poll(&one, 1, 1);
  sleeper = ssl;
  slept = clock::now();
}

} // namespace

int bounded(SSL* ssl, int result) {
  if (SSL_get_fd(ssl) < 0)
    return result;
  const auto state = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
  if (state != SSL_ERROR_WANT_READ && state != SSL_ERROR_WANT_WRITE) {
    end(ssl);
    return result;
  }
  const auto now = clock::now();
  auto& pending = state_of(ssl);
  if (now - pending.begun >= handshake_time || waiting().is_evicted(&pending)) {
    end(ssl);
    ERR_raise(ERR_LIB_SSL, SSL_R_READ_TIMEOUT_EXPIRED);
    return -1;
  }
  if (state == SSL_ERROR_WANT_READ && now - pending.begun >= patience)
    wait_for(ssl, now);
  return result;
}

} // namespace troth::link
