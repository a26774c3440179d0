#include "shared/atls/connection.hpp"
#include "shared/atls/listener.hpp"
#include "tools/testtool/attested_side.hpp"
#include "tools/testtool/commands.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <ostream>
#include <utility>

namespace troth::testtool {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t max_line_bytes = std::size_t{64} * 1024;

/// Sends a line and prints the one that comes back.
result<void> converse(atls::connection& with, const std::string& line, const ports& world) {
  error_code why;
  asio::write(with, asio::buffer(line + '\n'), why);
  std::string answer;
  if (!why)
    asio::read_until(with, asio::dynamic_buffer(answer, std::max(max_line_bytes, line.size() + 1)),
                     '\n', why);
  if (why)
    return error{errc::io, "the connection: " + why.message()};
  world.out << answer << std::flush;
  return {};
}

/// One peer whose lines go back to it as they came.
class echo : public std::enable_shared_from_this<echo> {
public:
  echo(atls::connection with, std::function<void()> ended)
    : with_(std::move(with)), ended_(std::move(ended)) {
    // nop
  }

  void run() {
    with_.async_read_some(asio::buffer(bytes_),
                          [self = shared_from_this()](const error_code& why, std::size_t size) {
                            if (why)
                              return self->end();
                            self->answer(size);
                          });
  }

private:
  void answer(std::size_t size) {
    asio::async_write(with_, asio::buffer(bytes_.data(), size),
                      [self = shared_from_this()](const error_code& why, std::size_t) {
                        if (why)
                          return self->end();
                        self->run();
                      });
  }

  void end() {
    with_.close();
    ended_();
  }

  atls::connection with_;
  std::function<void()> ended_;
  std::array<char, 16 * 1024> bytes_{};
};

/// Takes connections until it has had as many as it should, or is told to stop.
class listening {
public:
  listening(const attested_side& side, const attested_options& options, const ports& world)
    : side_(side), options_(options), world_(world) {
    // nop
  }

  result<void> run() {
    if (auto done = atls::listen_at(listener_, options_.address); !done)
      return done;
    world_.out << "listening on " << options_.address.host << ':'
               << listener_.local_endpoint().port() << std::endl;
    asio::signal_set signals{loop_, SIGINT, SIGTERM};
    signals.async_wait([this](const error_code&, int) { loop_.stop(); });
    accept();
    loop_.run();
    if (side_.attester)
      side_.attester->stop(); // it answers on the loop
    return {};
  }

private:
  void accept() {
    listener_.async_accept([this](const error_code& why, tcp::socket socket) {
      if (!why)
        atls::async_attest(std::move(socket), atls::side::server, "", side_.tls, side_.with,
                           [this](result<atls::connection> made) { take(std::move(made)); });
      if (listener_.is_open())
        accept();
    });
  }

  void take(result<atls::connection> made) {
    if (made)
      return std::make_shared<echo>(*std::move(made), [this] { end_one(); })->run();
    complain(world_, made.error());
    end_one();
  }

  void end_one() {
    if (++ended_ == options_.count)
      loop_.stop();
  }

  const attested_side& side_;
  const attested_options& options_;
  const ports& world_;
  asio::io_context loop_{1};
  tcp::acceptor listener_{loop_};
  std::size_t ended_ = 0;
};

} // namespace

terminal::exit_code dial(const attested_options& options, const ports& world) {
  const auto side = open_side(atls::side::client, options, world);
  if (!side) {
    complain(world, side.error());
    return terminal::exit_code_for(side.error().code);
  }
  auto made = atls::dial(options.address, side->tls, side->with);
  if (!made) {
    complain(world, made.error());
    return published(*side->results, exit_code_for_peer(made.error().code, *side->judged));
  }
  auto connection = *std::move(made);
  const auto said = options.line.empty() ? result<void>{}
                                         : converse(connection, options.line, world);
  connection.close();
  if (!said) {
    complain(world, said.error());
    return terminal::io;
  }
  return published(*side->results, *side->judged);
}

terminal::exit_code listen(const attested_options& options, const ports& world) {
  const auto side = open_side(atls::side::server, options, world);
  const auto done = side ? listening{*side, options, world}.run() : error{side.error()};
  if (!done) {
    complain(world, done.error());
    return terminal::exit_code_for(done.error().code);
  }
  return published(*side->results, terminal::good);
}

} // namespace troth::testtool
