#include "shared/link/tls_channel.hpp"

#include "shared/crypto/shown_certificate.hpp"
#include "shared/link/admission.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>
#include <utility>

namespace troth::link {

namespace {

constexpr std::size_t max_record_bytes = std::size_t{16} * 1024;
constexpr std::size_t write_bytes = std::size_t{64} * 1024; // encrypted before they are sent
// Answers to the peer's key updates, which it must read to go on.
constexpr std::size_t max_unasked_bytes = std::size_t{64} * 1024;

tls_channel& channel_of(BIO* bio) {
  return *static_cast<tls_channel*>(BIO_get_data(bio));
}

} // namespace

/// How OpenSSL reads and writes: on the socket during the handshake, in our buffers after it.
struct record_io {
  static int read(BIO* bio, char* to, int room) {
    auto& self = channel_of(bio);
    BIO_clear_retry_flags(bio);
    if (!self.has_begun_) {
      const auto got = recv(self.fd_, to, static_cast<std::size_t>(room), 0);
      if (got < 0 && may_come_later())
        BIO_set_retry_read(bio);
      return static_cast<int>(got);
    }
    const auto size = std::min(static_cast<std::size_t>(room),
                               self.cipher_end_ - self.cipher_next_);
    if (size == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    std::copy_n(self.cipher_.data() + self.cipher_next_, size, to);
    self.cipher_next_ += size;
    return static_cast<int>(size);
  }

  static int write(BIO* bio, const char* from, int size) {
    auto& self = channel_of(bio);
    BIO_clear_retry_flags(bio);
    if (self.has_begun_) {
      self.out_.insert(self.out_.end(), from, from + size);
      return size;
    }
    const auto sent = send(self.fd_, from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && may_come_later())
      BIO_set_retry_write(bio);
    return static_cast<int>(sent);
  }

  static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      auto* out = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "troth link");
      BIO_meth_set_read(out, read);
      BIO_meth_set_write(out, write);
      BIO_meth_set_ctrl(out, control);
      return out;
    }();
    return made;
  }
};

tls_channel::tls_channel(const std::shared_ptr<SSL_CTX>& context, int fd, side ours)
  : fd_(fd), ssl_(SSL_new(context.get()), SSL_free) {
  auto* bio = BIO_new(record_io::method());
  if (!ssl_ || bio == nullptr)
    throw std::bad_alloc{};
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (ours == side::accepting)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

tls_channel::~tls_channel() {
  ssl_.reset();
  ERR_clear_error(); // of this thread, which has other connections
}

tls_channel::progress tls_channel::shake_hands() {
  ERR_clear_error();
  const auto done = SSL_do_handshake(ssl_.get());
  if (done == 1)
    return progress::done;
  const auto state = SSL_get_error(ssl_.get(), done);
  if (state == SSL_ERROR_WANT_READ)
    return progress::wants_read;
  if (state == SSL_ERROR_WANT_WRITE)
    return progress::wants_write;
  note_failure(state);
  return progress::failed;
}

void tls_channel::note_failure(int state) {
  const auto verified = SSL_get_verify_result(ssl_.get());
  if (verified == X509_V_ERR_CERT_HAS_EXPIRED || verified == X509_V_ERR_CERT_NOT_YET_VALID)
    why_ = {errc::expired, X509_verify_cert_error_string(verified)};
  else if (verified != X509_V_OK)
    why_ = {errc::untrusted, X509_verify_cert_error_string(verified)};
  else if (const auto code = ERR_peek_error(); state == SSL_ERROR_SSL && code != 0)
    why_ = {errc::unauthenticated,
            ERR_reason_error_string(code) != nullptr ? ERR_reason_error_string(code) : "TLS"};
  else
    why_ = {errc::unauthenticated, "the peer hung up"};
  ERR_clear_error();
}

result<crypto::certificate> tls_channel::peer() const {
  return crypto::read_shown_certificate(SSL_get0_peer_certificate(ssl_.get()));
}

void tls_channel::begin() {
  has_begun_ = true;
  cipher_.resize(read_bytes);
  plain_.resize(read_bytes);
}

std::optional<std::size_t> tls_channel::read(std::span<char> to) {
  if (next_ == plain_end_) {
    if (is_over_)
      return std::nullopt;
    if (std::exchange(is_drained_, false)) // the last read was short: it would say that again
      return 0;
    const auto got = recv(fd_, cipher_.data(), cipher_.size(), 0);
    if (got <= 0)
      return got < 0 && may_come_later() ? std::optional<std::size_t>{0} : std::nullopt;
    cipher_next_ = 0;
    cipher_end_ = static_cast<std::size_t>(got);
    is_drained_ = cipher_end_ < cipher_.size();
    const auto direct = decrypt(to);
    if (direct > 0)
      return direct;
    if (is_over_ && plain_end_ == 0)
      return std::nullopt;
  }
  const auto size = std::min(to.size(), plain_end_ - next_);
  std::copy_n(plain_.begin() + static_cast<std::ptrdiff_t>(next_), size, to.begin());
  next_ += size;
  return size;
}

/// Decrypts every whole record that was read: to where the caller wants it, as long as a whole one
/// fits there, and then to our own buffer. @returns how much is at the caller's.
std::size_t tls_channel::decrypt(std::span<char> to) {
  next_ = plain_end_ = 0;
  std::size_t direct = 0;
  ERR_clear_error();
  for (;;) {
    const auto is_direct = plain_end_ == 0 && to.size() - direct >= max_record_bytes;
    if (!is_direct && plain_.size() - plain_end_ < max_record_bytes)
      plain_.resize(plain_.size() + max_record_bytes);
    const auto room = is_direct ? to.subspan(direct) : std::span{plain_}.subspan(plain_end_);
    std::size_t size = 0;
    const auto done = SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
    if (done != 1) {
      is_over_ = SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ;
      break;
    }
    (is_direct ? direct : plain_end_) += size;
  }
  ERR_clear_error();
  is_over_ |= !send_records() || (owed_ == 0 && out_.size() - sent_ > max_unasked_bytes);
  return direct;
}

std::optional<std::size_t> tls_channel::write(std::span<const char> from) {
  if (owed_ == 0 && !from.empty()) {
    ERR_clear_error();
    const auto done = SSL_write_ex(ssl_.get(), from.data(), std::min(from.size(), write_bytes),
                                   &owed_);
    ERR_clear_error();
    if (done != 1)
      return std::nullopt;
  }
  if (!send_records())
    return std::nullopt;
  // All of them, also where reading has sent the last: what is owed is told here, once.
  return out_.empty() ? std::exchange(owed_, 0) : 0;
}

/// @returns false if the connection is over.
bool tls_channel::send_records() {
  while (sent_ < out_.size()) {
    const auto sent = send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0)
      return may_come_later();
    sent_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

} // namespace troth::link
