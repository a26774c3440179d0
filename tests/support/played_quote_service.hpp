#pragma once

#include "shared/base/reader.hpp"
#include "shared/device/framed_socket.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <unistd.h>

namespace troth::testing {

/// A service on a Unix socket that answers one question a connection.
class played_quote_service {
public:
  /// @param answer what is sent, its length in front and all, for what was asked.
  explicit played_quote_service(const std::function<bytes(byte_view)>& answer,
                                device::length_order order = device::length_order::big)
    : order_(order), socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, path().data(), path().size());
    REQUIRE(bind(socket_, static_cast<const sockaddr*>(static_cast<const void*>(&at)), sizeof at)
            == 0);
    REQUIRE(listen(socket_, 1) == 0);
    thread_ = std::thread{[this, answer] { serve(answer); }};
  }

  played_quote_service(const played_quote_service&) = delete;
  played_quote_service& operator=(const played_quote_service&) = delete;

  ~played_quote_service() {
    shutdown(socket_, SHUT_RDWR); // it may wait for nobody
    thread_.join();
    close(socket_);
  }

  device::quote_service_address address() const { return {path(), 0, 0}; }

private:
  std::string path() const { return (folder_.path() / "socket").string(); }

  static bytes take(int from, std::size_t size) {
    bytes out(size);
    for (std::size_t had = 0; had < size;) {
      const auto n = recv(from, out.data() + had, size - had, 0);
      if (n <= 0)
        return {};
      had += static_cast<std::size_t>(n);
    }
    return out;
  }

  void serve(const std::function<bytes(byte_view)>& answer) const {
    for (int one = accept(socket_, nullptr, nullptr); one >= 0;
         one = accept(socket_, nullptr, nullptr)) {
      const auto head = take(one, 4);
      reader in{head, "frame"};
      const auto size = order_ == device::length_order::big ? in.u32be("size") : in.u32le("size");
      const auto out = answer(take(one, size));
      (void)send(one, out.data(), out.size(), MSG_NOSIGNAL);
      close(one);
    }
  }

  device::length_order order_;
  temporary_folder folder_;
  int socket_;
  std::thread thread_;
};

} // namespace troth::testing
