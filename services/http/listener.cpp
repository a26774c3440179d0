#include "services/http/listener.hpp"

#include "services/http/connection.hpp"
#include "services/http/tls.hpp"
#include "services/net/acceptor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace troth::services::http {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t max_surplus = 64; // connections over the limit that are told so

error cannot_listen(const link::address& at, const error_code& why) {
  return {errc::io, "cannot listen on " + to_string(at) + ": " + why.message()};
}

} // namespace

class listener::implementation {
public:
  implementation(std::unique_ptr<asio::ssl::context> tls, std::shared_ptr<site> what)
    : tls_(std::move(tls)), site_(std::move(what)) {
    // nop
  }

  ~implementation() {
    context_.stop();
    for (auto& one : threads_)
      one.join();
  }

  result<void> open(const link::address& at) {
    error_code why;
    tcp::resolver resolver{context_};
    const auto found
      = resolver.resolve(at.host.empty() ? "0.0.0.0" : at.host, std::to_string(at.port),
                         tcp::resolver::passive | tcp::resolver::numeric_service, why);
    if (!why)
      why = acceptor_.bind(*found.begin());
    if (!why)
      why = acceptor_.listen();
    if (why)
      return cannot_listen(at, why);
    where_ = {at.host, acceptor_.where().port()};
    return {};
  }

  void run(std::size_t threads) {
    acceptor_.start();
    for (std::size_t n = 0; n < threads; ++n)
      threads_.emplace_back([this] { context_.run(); });
  }

  void stop(std::chrono::milliseconds patience) {
    site_->is_stopping = true;
    acceptor_.stop();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (site_->connections > 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(10ms);
  }

  const link::address& where() const { return where_; }

private:
  std::shared_ptr<net::connection_handle> admit(tcp::socket socket) {
    error_code ignored;
    if (site_->connections >= site_->allowed.max_connections + max_surplus)
      return nullptr;
    socket.set_option(tcp::no_delay{true}, ignored);
    return serve(std::move(socket), tls_.get(), site_);
  }

  std::unique_ptr<asio::ssl::context> tls_;
  std::shared_ptr<site> site_;
  asio::io_context context_;
  // A connection that waits for its answer gives the threads nothing to do meanwhile.
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  net::acceptor<tcp> acceptor_{context_,
                               [this](tcp::socket socket) { return admit(std::move(socket)); }};
  link::address where_;
  std::vector<std::thread> threads_;
};

result<std::unique_ptr<listener>> listener::open(const link::address& at, const tls_files& tls,
                                                 std::shared_ptr<site> what, std::size_t threads) {
  auto context = make_tls_context(tls);
  if (!context)
    return context.error();
  auto parts = std::make_unique<implementation>(*std::move(context), std::move(what));
  if (const auto opened = parts->open(at); !opened)
    return opened.error();
  parts->run(threads);
  return std::unique_ptr<listener>{new listener{std::move(parts)}};
}

listener::listener(std::unique_ptr<implementation> parts) : parts_(std::move(parts)) {
  // nop
}

listener::~listener() = default;

const link::address& listener::where() const noexcept {
  return parts_->where();
}

void listener::stop(std::chrono::milliseconds patience) {
  parts_->stop(patience);
}

} // namespace troth::services::http
