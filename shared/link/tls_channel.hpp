#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/link/channel.hpp"
#include "shared/link/side.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troth::link {

/// The bytes as TLS records.
///
/// During its handshake it takes from the socket what OpenSSL asks for, and no more. After that it
/// reads as much as there is and has OpenSSL decrypt all of it at once, so that nothing stays
/// behind in there that the socket does not announce any more.
class tls_channel final : public channel {
public:
  /// @param context of the keyring. @param fd must outlive the channel.
  tls_channel(const std::shared_ptr<SSL_CTX>& context, int fd, side ours);
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;
  ~tls_channel() override;

  enum class progress : std::uint8_t { done, wants_read, wants_write, failed };

  /// Goes on with the handshake.
  progress shake_hands();

  /// Returns why the handshake failed: `untrusted` or `expired` for the peer's certificate,
  /// `unauthenticated` for anything else.
  const error& why() const noexcept { return why_; }

  /// Returns the peer's certificate, whose chain is good. @pre the handshake is done.
  result<crypto::certificate> peer() const;

  /// Ends the time in which only the handshake reads. @pre the handshake is done.
  void begin();

  std::optional<std::size_t> read(std::span<char> to) override;
  bool has_more() const noexcept override { return next_ < plain_end_; }

  /// @note The bytes count as written once their records have left, all of them: until then CAF
  ///       must go on asking the socket.
  std::optional<std::size_t> write(std::span<const char> from) override;

private:
  friend struct record_io;

  void note_failure(int state);
  std::size_t decrypt(std::span<char> to);
  bool send_records();

  const int fd_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  error why_{errc::unauthenticated, {}};
  bool has_begun_ = false;
  bool is_over_ = false;
  bool is_drained_ = false;
  std::vector<char> cipher_; // read from the socket, of which OpenSSL has taken up to cipher_next_
  std::size_t cipher_next_ = 0;
  std::size_t cipher_end_ = 0;
  std::vector<char> plain_; // decrypted, of which CAF has taken up to next_
  std::size_t next_ = 0;
  std::size_t plain_end_ = 0;
  std::vector<char> out_; // records, of which the socket has taken up to sent_
  std::size_t sent_ = 0;
  std::size_t owed_ = 0; // bytes of the caller's in out_
};

} // namespace troth::link
