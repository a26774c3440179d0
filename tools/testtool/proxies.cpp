#include "shared/http/service.hpp"
#include "tools/testtool/attested_side.hpp"
#include "tools/testtool/commands.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <functional>
#include <ostream>

namespace troth::testtool {

namespace {

namespace asio = boost::asio;

using starting = std::function<result<std::shared_ptr<http::service>>(
  const asio::any_io_executor&, const http::service_settings&, const http::dialling&)>;

/// Runs a service until it is told to stop.
terminal::exit_code run_service(atls::side ours, const proxy_options& options, const ports& world,
                                const starting& start) {
  const auto side = open_side(ours, options.side, world);
  if (!side) {
    complain(world, side.error());
    return terminal::exit_code_for(side.error().code);
  }
  asio::io_context loop{1};
  http::service_settings settings{options.side.address, options.patience};
  settings.on_failure = [&](const std::string& about, const error& why) {
    complain(world, {why.code, about + ": " + why.where});
  };
  const auto started = start(loop.get_executor(), settings, {side->tls, side->with});
  if (!started) {
    complain(world, started.error());
    return terminal::exit_code_for(started.error().code);
  }
  world.out << "listening on " << options.side.address.host << ':' << (*started)->port()
            << std::endl;
  asio::signal_set signals{loop, SIGINT, SIGTERM};
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  loop.run();
  if (side->attester)
    side->attester->stop(); // it answers on the loop
  return published(*side->results, terminal::good);
}

} // namespace

terminal::exit_code proxy(const proxy_options& options, const ports& world) {
  return run_service(atls::side::client, options, world, http::forward);
}

terminal::exit_code serve(const proxy_options& options, const ports& world) {
  return run_service(atls::side::server, options, world,
                     [&](const auto& on, const auto& settings, const auto& how) {
                       return http::reverse(on, settings, how, options.behind);
                     });
}

} // namespace troth::testtool
