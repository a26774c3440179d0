#include "services/gateway/socket_door.hpp"

#include "services/gateway/socket_session.hpp"
#include "services/net/acceptor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <sys/socket.h>
#include <sys/stat.h>

#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troth::services {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using unix_stream = asio::local::stream_protocol;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t thread_count = 2;
constexpr std::size_t max_surplus = 64; // connections over the limit that are told so
constexpr std::size_t max_path_bytes = 107;
constexpr mode_t owner_and_group = 0660;

error cannot_listen(const std::string& where, const error_code& why) {
  return {errc::io, "cannot listen on " + where + ": " + why.message()};
}

/// Removes the file of a socket that nobody serves any more.
result<void> make_way(asio::io_context& context, const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0)
    return {};
  if (!S_ISSOCK(found.st_mode))
    return error{errc::conflict, "socket.unix: " + path + " is there, and no socket"};
  unix_stream::socket probe{context};
  error_code why;
  probe.connect(unix_stream::endpoint{path}, why);
  if (!why)
    return error{errc::conflict, "socket.unix: another process serves at " + path};
  unlink(path.c_str());
  return {};
}

/// @see unix(7), SO_PEERCRED
std::optional<std::uint32_t> user_of(unix_stream::socket& socket) {
  ucred who{};
  socklen_t size = sizeof(who);
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
    return std::nullopt;
  return who.uid;
}

} // namespace

class socket_door::implementation {
public:
  implementation(socket_callers callers, door_parts parts) : callers_(std::move(callers)) {
    site_->door = std::move(parts);
  }

  ~implementation() {
    end_threads();
    if (!path_.empty())
      unlink(path_.c_str());
  }

  result<void> open_unix(const std::string& path) {
    if (path.size() > max_path_bytes)
      return error{errc::too_large, "socket.unix: at most 107 bytes"};
    if (auto cleared = make_way(context_, path); !cleared)
      return cleared;
    unix_.emplace(context_, [this](unix_stream::socket got) { return admit_user(std::move(got)); });
    auto why = unix_->bind(unix_stream::endpoint{path});
    if (why)
      return cannot_listen(path, why);
    path_ = path;
    if (chmod(path.c_str(), owner_and_group) != 0)
      return error{errc::io, "socket.unix: cannot set the mode of " + path};
    why = unix_->listen();
    return why ? result<void>{cannot_listen(path, why)} : result<void>{};
  }

  result<void> open_tcp(const link::address& at) {
    tcp_.emplace(context_, [this](tcp::socket got) { return admit_anybody(std::move(got)); });
    error_code why;
    tcp::resolver resolver{context_};
    const auto found = resolver.resolve(at.host, std::to_string(at.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service,
                                        why);
    if (!why)
      why = tcp_->bind(*found.begin());
    if (!why)
      why = tcp_->listen();
    return why ? result<void>{cannot_listen(to_string(at), why)} : result<void>{};
  }

  void run() {
    if (unix_)
      unix_->start();
    if (tcp_)
      tcp_->start();
    for (std::size_t n = 0; n < thread_count; ++n)
      threads_.emplace_back([this] { context_.run(); });
  }

  void stop(std::chrono::milliseconds patience) {
    if (unix_)
      unix_->stop();
    if (tcp_)
      tcp_->stop();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (site_->connections > 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(10ms);
    end_threads(); // what is not over by now tells nobody any more
  }

  std::uint16_t port() const { return tcp_ ? tcp_->where().port() : std::uint16_t{0}; }

private:
  void end_threads() {
    context_.stop();
    for (auto& one : threads_)
      one.join();
    threads_.clear();
  }

  bool is_full() const {
    return site_->connections >= site_->door.allowed.max_connections + max_surplus;
  }

  std::shared_ptr<net::connection_handle> admit_user(unix_stream::socket got) {
    const auto uid = user_of(got);
    if (is_full() || !uid)
      return nullptr;
    return serve_socket(std::move(got), callers_.of_user(*uid), site_);
  }

  std::shared_ptr<net::connection_handle> admit_anybody(tcp::socket got) {
    if (is_full())
      return nullptr;
    error_code ignored;
    got.set_option(tcp::no_delay{true}, ignored);
    return serve_socket(std::move(got), callers_.of_tcp, site_);
  }

  const socket_callers callers_;
  const std::shared_ptr<socket_site> site_ = std::make_shared<socket_site>();
  asio::io_context context_;
  // A connection that waits for its answer gives the threads nothing to do meanwhile.
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::optional<net::acceptor<unix_stream>> unix_;
  std::optional<net::acceptor<tcp>> tcp_;
  std::string path_; ///< Of the socket's file, which is ours to remove.
  std::vector<std::thread> threads_;
};

result<std::unique_ptr<socket_door>> socket_door::open(const socket_addresses& at,
                                                       socket_callers callers, door_parts parts) {
  auto made = std::make_unique<implementation>(std::move(callers), std::move(parts));
  if (!at.path.empty())
    if (const auto opened = made->open_unix(at.path); !opened)
      return opened.error();
  if (at.tcp)
    if (const auto opened = made->open_tcp(*at.tcp); !opened)
      return opened.error();
  made->run();
  return std::unique_ptr<socket_door>{new socket_door{std::move(made)}};
}

socket_door::socket_door(std::unique_ptr<implementation> parts) : parts_(std::move(parts)) {
  // nop
}

socket_door::~socket_door() = default;

std::uint16_t socket_door::port() const noexcept {
  return parts_->port();
}

void socket_door::stop(std::chrono::milliseconds patience) {
  parts_->stop(patience);
}

} // namespace troth::services
