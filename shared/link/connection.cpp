#include "shared/link/connection.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/abstract_broker.hpp>
#include <caf/make_message.hpp>
#include <caf/message_id.hpp>

#include <algorithm>
#include <atomic>
#include <span>
#include <utility>

namespace troth::link {

namespace {

namespace net = caf::io::network;
using caf::io::receive_policy;

constexpr std::size_t max_written = std::size_t{1} << 20U; // before others have their turn

/// CAF's own take the number of the socket, which another may have before CAF has forgotten it.
caf::io::connection_handle next_handle() {
  static std::atomic<std::int64_t> last{std::int64_t{1} << 40U};
  return caf::io::connection_handle::from_int(++last);
}

byte_view view(const void* data, std::size_t size) {
  return {static_cast<const std::uint8_t*>(data), size};
}

node own_node(net::default_multiplexer& loop) {
  std::vector<char> written;
  caf::binary_serializer out{&loop, written};
  auto id = loop.system().node();
  node own{};
  if (out(id) == caf::none && written.size() == own.size())
    std::copy(written.begin(), written.end(), own.begin());
  return own;
}

} // namespace

connection::connection(net::default_multiplexer& loop, established&& from, side ours,
                       std::shared_ptr<const connection_rules> rules,
                       std::shared_ptr<node_claims> claims)
  : scribe(next_handle()), rules_(std::move(rules)), claims_(std::move(claims)),
    life_(std::move(from.life)), counts_(rules_->counts->of(life_->who().role)),
    guard_(ours, rules_->frames, own_node(loop),
           [this](const node& theirs) { return claims_->claim(theirs, life_->who().id); }),
    stream_(loop, from.fd.release(), std::move(from.bytes), counts_) {
  ++counts_.connections;
  ++counts_.opened;
}

connection::~connection() {
  life_->let_go();
  if (guard_.theirs())
    claims_->release(*guard_.theirs());
  counts_.outstanding -= counted_pending_;
  --counts_.connections;
}

void connection::configure_read(caf::io::receive_policy::config config) {
  stream_.configure_read(config);
  if (!std::exchange(is_launched_, true))
    stream_.start(this);
}

void connection::ack_writes(bool enable) {
  stream_.ack_writes(enable);
}

std::vector<char>& connection::rd_buf() {
  return stream_.rd_buf();
}

std::vector<char>& connection::wr_buf() {
  read_along(); // all that is there is whole now
  return stream_.wr_buf();
}

void connection::flush() {
  read_along();
  if (!stream_.is_writing() && is_last_in_turn())
    stream_.write_ahead();
  stream_.flush(this);
  known_bytes_ = stream_.wr_buf().size();
  if (known_bytes_ > rules_->max_backlog_bytes && !std::exchange(is_cut_, true)) {
    rules_->note(life_->who().name + ": cut: it does not take what it is sent");
    life_->cut();
  }
}

/// Returns whether nobody else in the broker's mailbox waits to write: what is written before that
/// goes together.
bool connection::is_last_in_turn() {
  return detached() || parent()->mailbox().empty();
}

void connection::graceful_shutdown() {
  life_->limit(lifeline::time_point::clock::now() + rules_->farewell_time);
  stream_.graceful_shutdown();
  detach(&stream_.backend(), false);
}

void connection::add_to_loop() {
  stream_.activate(this);
}

void connection::remove_from_loop() {
  stream_.passivate();
}

bool connection::consume(caf::execution_unit* context, const void* data, std::size_t size) {
  if (detached())
    return false;
  const auto judged = judge(view(data, size));
  count_pending();
  switch (judged) {
  case verdict::pass:
    return scribe::consume(context, data, size);
  case verdict::skip:
    return true;
  case verdict::close:
    break;
  }
  rules_->counts->refused_frame(life_->who().role, guard_.rule());
  rules_->note(life_->who().name + ": cut: " + to_string(guard_.why()));
  life_->cut();
  io_failure(context, net::operation::read); // false alone would only stop reading
  return false;
}

/// Judges a header or a payload, and says what is read next where CAF does not.
verdict connection::judge(byte_view data) {
  if (next_ == awaited::skipped) {
    next_ = awaited::header;
    stream_.configure_read(receive_policy::exactly(frame_header_bytes));
    return verdict::skip;
  }
  if (next_ == awaited::payload) {
    next_ = awaited::header;
    const auto judged = guard_.payload(data);
    if (guard_.is_greeted() && !std::exchange(has_greeted_, true))
      life_->lift();
    return judged;
  }
  const auto judged = guard_.header(data);
  const std::size_t length = guard_.current().payload_bytes;
  if (judged == verdict::skip) {
    if (*guard_.rule() != '\0')
      rules_->counts->refused_frame(life_->who().role, guard_.rule());
    next_ = awaited::skipped;
    stream_.configure_read(receive_policy::exactly(length));
  } else if (length > 0)
    next_ = awaited::payload;
  return judged;
}

/// Shows the guard the frames that CAF wrote since the last time.
void connection::read_along() {
  const auto& written = stream_.wr_buf();
  if (known_bytes_ > written.size())
    known_bytes_ = 0; // the stream took what we knew
  auto rest = view(written.data(), written.size()).subspan(known_bytes_);
  while (rest.size() >= frame_header_bytes) {
    const auto header = parse_frame(rest.first(frame_header_bytes));
    if (!header || rest.size() - frame_header_bytes < header->payload_bytes)
      break;
    guard_.sent(*header, rest.subspan(frame_header_bytes, header->payload_bytes));
    rest = rest.subspan(frame_header_bytes + header->payload_bytes);
  }
  known_bytes_ = written.size() - rest.size();
  count_pending();
}

void connection::count_pending() {
  const auto now = guard_.pending().size();
  counts_.outstanding += now - counted_pending_; // wraps as the counter does
  counted_pending_ = now;
}

void connection::detach_from(caf::io::abstract_broker* broker) {
  fail_pending(*broker);
  scribe::detach_from(broker);
}

/// Tells whoever asked over this connection that there will be no answer.
void connection::fail_pending(caf::io::abstract_broker& broker) {
  const auto& actors = broker.system().registry();
  for (const auto& one : guard_.pending().take_all())
    if (const auto asked = actors.get(one.actor)) {
      // Not what CAF says of a request that nobody has begun: this one may have been done.
      const auto request = caf::make_message_id(one.number | caf::message_id::default_async_value);
      asked->enqueue(nullptr, request.response_id(),
                     caf::make_message(caf::make_error(caf::exit_reason::remote_link_unreachable)),
                     nullptr);
    }
  count_pending();
}

// -- the stream

connection::stream::stream(net::default_multiplexer& loop, int fd, std::unique_ptr<channel> bytes,
                           traffic& counts)
  : net::stream(loop, fd), bytes_(std::move(bytes)), counts_(counts) {
  // nop
}

void connection::stream::handle_event(net::operation what) {
  handle_event_impl(what, *this);
}

net::rw_state connection::stream::read_some(std::size_t& size, int, void* to, std::size_t room) {
  const auto got = bytes_->read({static_cast<char*>(to), room});
  size = got.value_or(0);
  counts_.received_bytes += size;
  return got ? net::rw_state::success : net::rw_state::failure;
}

net::rw_state connection::stream::write_some(std::size_t& size, int, const void* from,
                                             std::size_t count) {
  const std::span left{static_cast<const char*>(from), std::min(count, max_written)};
  std::optional<std::size_t> put;
  size = 0;
  do { // as long as the socket takes it
    put = bytes_->write(left.subspan(size));
    size += put.value_or(0);
  } while (put.value_or(0) > 0 && size < left.size());
  counts_.sent_bytes += size;
  return put ? net::rw_state::success : net::rw_state::failure;
}

bool connection::stream::must_read_more(int, std::size_t) const {
  return bytes_->has_more();
}

void connection::stream::write_ahead() {
  auto& waiting = wr_buf();
  if (waiting.empty())
    return;
  // A failure comes up again when CAF writes: here is no place to tell it.
  const auto put = bytes_->write(waiting).value_or(0);
  counts_.sent_bytes += put;
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(put));
}

} // namespace troth::link
