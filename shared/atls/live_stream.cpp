#include "shared/atls/live_stream.hpp"

#include "shared/atls/connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace troth::atls {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// What is kept for an application that does not read; then the peer has to wait.
constexpr std::size_t max_arrived_bytes = std::size_t{256} * 1024;

// How long a peer that we refuse has to take it.
constexpr std::chrono::seconds last_word{1};

class failures final : public boost::system::error_category {
public:
  const char* name() const noexcept override { return "troth.atls"; }
  std::string message(int value) const override {
    return "attested TLS: " + std::string{troth::name(static_cast<errc>(value))};
  }
};

error_code code_of(const error& why) {
  return {static_cast<int>(why.code), failure_category()};
}

} // namespace

const boost::system::error_category& failure_category() noexcept {
  static const failures instance;
  return instance;
}

live_stream::live_stream(std::unique_ptr<tls_stream> stream, side ours, settings with, peer who,
                         std::shared_ptr<void> loop)
  : loop_(std::move(loop)), stream_(std::move(stream)), with_(std::move(with)),
    who_(std::move(who)), machine_({ours, with_.attest, with_.encode_as, with_.max_report_bytes}),
    interval_(stream_->get_executor()), deadline_(stream_->get_executor()) {
  // nop
}

void live_stream::begin() {
  asio::post(stream_->get_executor(), [self = shared_from_this()] {
    self->set_interval();
    self->read_more();
  });
}

void live_stream::read(asio::mutable_buffer into, completion then) {
  asio::post(stream_->get_executor(), [self = shared_from_this(), into, then = std::move(then)] {
    self->read_into_ = into;
    self->reader_ = then;
    self->deliver();
    self->read_more();
  });
}

void live_stream::write(asio::const_buffer from, completion then) {
  constexpr auto record = wire::atls::max_record_bytes;
  asio::post(stream_->get_executor(), [self = shared_from_this(), from, then = std::move(then)] {
    if (self->machine_.has_failed())
      return then(code_of(self->machine_.state().error()), 0);
    self->written_ = from.size() > record ? std::min(from.size(), max_write_bytes) / record * record
                                          : from.size(); // no small record behind large ones
    self->machine_.write({static_cast<const std::uint8_t*>(from.data()), self->written_});
    self->writer_ = then;
    self->flush();
  });
}

void live_stream::renew(told_outcome then) {
  asio::post(stream_->get_executor(), [self = shared_from_this(), then = std::move(then)] {
    if (auto state = self->state(); !state)
      return then(state);
    const auto is_busy = self->is_starting_ || self->machine_.is_demanding();
    (is_busy ? self->next_ : self->waiting_).push_back(then);
    if (!is_busy)
      self->demand();
  });
}

void live_stream::close() {
  asio::post(stream_->get_executor(), [self = shared_from_this()] {
    self->end_reading(asio::error::operation_aborted, {errc::unavailable, "aTLS: closed"});
    self->cut();
  });
}

result<void> live_stream::state() const {
  const std::lock_guard lock{mutex_};
  return state_;
}

template <class T, class Use>
attester::answer<T> live_stream::on_strand(Use use) {
  // Neither keeps this: an answer may come when nobody waits for it any more.
  return [weak = weak_from_this(), use](result<T> answer) {
    const auto still = weak.lock();
    if (!still)
      return;
    asio::post(still->stream_->get_executor(), [weak, use, given = std::move(answer)]() mutable {
      if (const auto self = weak.lock(); self && self->state())
        use(*self, std::move(given));
    });
  };
}

void live_stream::set_interval() {
  if (with_.renewal.every.count() == 0 || !state())
    return;
  interval_.expires_after(with_.renewal.every);
  interval_.async_wait([weak = weak_from_this()](const error_code& why) {
    const auto self = weak.lock();
    if (!why && self && !self->is_starting_ && !self->machine_.is_demanding())
      self->demand();
  });
}

void live_stream::demand() {
  is_starting_ = true;
  deadline_.expires_after(with_.renewal.deadline);
  deadline_.async_wait([weak = weak_from_this()](const error_code& why) {
    const auto self = weak.lock();
    if (why || !self)
      return;
    self->machine_.end({errc::timeout, "aTLS: the peer has not proved itself again within "
                                         + std::to_string(self->with_.renewal.deadline.count())
                                         + " ms"});
    self->settle();
  });
  if (who_.tls.fingerprint.empty())
    return send_demand({});
  with_.with->find_cached(who_.tls.fingerprint,
                          on_strand<std::vector<std::string>>([](auto& self, auto cached) {
                            if (cached)
                              return self.send_demand(*std::move(cached));
                            self.machine_.end(cached.error());
                            self.settle();
                          }));
}

void live_stream::send_demand(std::vector<std::string> cached) {
  is_starting_ = false;
  auto challenge = make_challenge();
  const auto begun = challenge ? machine_.demand(*challenge, std::move(cached))
                               : result<void>{challenge.error()};
  if (!begun && begun.error().code == errc::forbidden) { // the mode has nothing to demand
    deadline_.cancel();
    return tell_waiting(waiting_, begun);
  }
  if (!begun)
    machine_.end(begun.error());
  settle();
}

/// Does what the machine wants now.
void live_stream::settle() {
  serve_wishes();
  if (machine_.has_failed())
    leave();
  flush();
  deliver();
  read_more();
}

void live_stream::serve_wishes() {
  if (const auto wish = machine_.take_report_wish()) {
    const auto nonce = export_renewal_nonce(stream_->native_handle(), machine_.ours(),
                                            wish->challenge);
    if (!nonce)
      return machine_.give_report(nonce.error());
    with_.with->attest(*nonce, wish->cached, on_strand<bytes>([](auto& self, auto ours) {
      self.machine_.give_report(std::move(ours));
      self.settle();
    }));
  }
  if (auto wish = machine_.take_verdict_wish()) {
    const auto nonce = export_renewal_nonce(stream_->native_handle(), opposite(machine_.ours()),
                                            wish->challenge);
    if (!nonce)
      return machine_.give_verdict(nonce.error());
    with_.with->appraise({std::move(wish->report), *nonce, who_.tls.fingerprint, who_.address,
                          with_.policies},
                         on_strand<appraised>([](auto& self, auto verdict) {
                           self.take_verdict(std::move(verdict));
                         }));
  }
}

void live_stream::take_verdict(result<appraised> verdict) {
  if (machine_.has_failed())
    return;
  if (verdict) {
    who_.verdict = *std::move(verdict);
    if (with_.on_verdict)
      with_.on_verdict(who_);
  }
  machine_.give_verdict(verdict ? accept(with_, who_.verdict) : error{verdict.error()});
  if (!machine_.has_failed())
    conclude_demand();
  settle();
}

void live_stream::conclude_demand() {
  deadline_.cancel();
  tell_waiting(waiting_, {});
  set_interval();
  if (next_.empty())
    return;
  waiting_ = std::exchange(next_, {});
  demand();
}

void live_stream::tell_waiting(std::vector<told_outcome>& whom, const result<void>& what) {
  for (const auto& each : std::exchange(whom, {}))
    each(what);
}

void live_stream::read_more() {
  if (is_reading_ || read_ends_ || machine_.has_failed()
      || arrived_.size() - taken_ > max_arrived_bytes)
    return;
  is_reading_ = true;
  stream_->async_read_some(
    asio::buffer(received_), [self = shared_from_this()](const error_code& why, std::size_t size) {
      self->is_reading_ = false;
      if (why)
        return self->end_reading(why, {errc::io, "aTLS: read: " + why.message()});
      self->machine_.take({self->received_.data(), size});
      auto data = self->machine_.take_data();
      if (self->arrived_.empty())
        self->arrived_ = std::move(data);
      else
        self->arrived_.insert(self->arrived_.end(), data.begin(), data.end());
      self->settle();
    });
}

/// Gives the application what there is, or the end of it.
void live_stream::deliver() {
  if (!reader_)
    return;
  const auto there = asio::buffer(arrived_) + taken_;
  if (there.size() == 0 && !read_ends_)
    return;
  const auto size = asio::buffer_copy(read_into_, there);
  taken_ += size;
  if (taken_ == arrived_.size()) {
    arrived_.clear();
    taken_ = 0;
  }
  const auto then = std::exchange(reader_, {});
  then(there.size() == 0 ? read_ends_ : error_code{}, size);
}

void live_stream::flush() {
  if (is_writing_)
    return;
  outgoing_ = machine_.take_outgoing();
  if (outgoing_.empty()) {
    if (is_leaving_)
      cut();
    return;
  }
  is_writing_ = true;
  const auto then = std::exchange(writer_, {});
  write_together(*stream_, asio::buffer(outgoing_),
                 [self = shared_from_this(), then, size = written_](const error_code& why,
                                                                    std::size_t) {
                   self->is_writing_ = false;
                   if (then)
                     then(why, why ? 0 : size);
                   if (!why)
                     return self->flush();
                   self->end_reading(why, {errc::io, "aTLS: write: " + why.message()});
                   self->cut();
                 });
}

/// Ends it for the application: nobody waits any more.
void live_stream::end_reading(error_code how, error why) {
  if (!read_ends_)
    read_ends_ = how;
  {
    const std::lock_guard lock{mutex_};
    if (state_)
      state_ = why;
  }
  interval_.cancel();
  if (!is_leaving_)
    deadline_.cancel();
  tell_waiting(waiting_, why);
  tell_waiting(next_, why);
  deliver();
}

/// What the peer said before is forgotten, and it is told why.
void live_stream::leave() {
  if (std::exchange(is_leaving_, true))
    return;
  arrived_.clear();
  taken_ = 0;
  const auto& why = machine_.state().error();
  deadline_.expires_after(last_word);
  deadline_.async_wait([weak = weak_from_this()](const error_code& ended) {
    const auto self = weak.lock();
    if (!ended && self)
      self->cut();
  });
  end_reading(code_of(why), why);
}

void live_stream::cut() {
  deadline_.cancel();
  close_now(*stream_, is_writing_);
  if (const auto then = std::exchange(writer_, {}))
    then(asio::error::operation_aborted, 0);
}

} // namespace troth::atls
