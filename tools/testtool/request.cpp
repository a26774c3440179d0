#include "shared/http/request.hpp"

#include "tools/testtool/attested_side.hpp"
#include "tools/testtool/commands.hpp"

#include <ostream>

namespace troth::testtool {

namespace {

constexpr std::size_t max_body_bytes = std::size_t{64} * 1024 * 1024;

result<http::request> make_request(const request_options& options) {
  const auto method = boost::beast::http::string_to_verb(options.method);
  if (method == boost::beast::http::verb::unknown)
    return error{errc::malformed, "--method: " + options.method};
  http::request out{method, "/", 11};
  for (const auto& each : options.fields) {
    const auto colon = each.find(':');
    const auto value = each.find_first_not_of(' ', colon + 1);
    if (colon == std::string::npos || colon == 0 || each.find_first_of("\r\n") != std::string::npos)
      return error{errc::malformed, "--header: expected NAME: VALUE, got " + each};
    out.insert(each.substr(0, colon), value == std::string::npos ? "" : each.substr(value));
  }
  out.body() = options.body;
  return out;
}

} // namespace

terminal::exit_code request(const request_options& options, const ports& world) {
  const auto give_up = [&](const error& why, terminal::exit_code as) {
    complain(world, why);
    return as;
  };
  const auto to = http::read_url(options.url);
  if (!to)
    return give_up(to.error(), terminal::usage);
  const auto message = make_request(options);
  if (!message)
    return give_up(message.error(), terminal::usage);
  const auto side = open_side(atls::side::client, options.side, world);
  if (!side)
    return give_up(side.error(), terminal::exit_code_for(side.error().code));
  boost::asio::io_context loop{1};
  http::client with{
    loop.get_executor(), {side->tls, side->with}, options.side.gateway.timeout, max_body_bytes};
  for (std::size_t n = 0; n < options.count; ++n) {
    const auto done = with.send(loop, *to, *message);
    if (!done)
      return give_up(done.error(), published(*side->results,
                                             exit_code_for_peer(done.error().code, *side->judged)));
    world.out << done->message.body() << std::flush;
    if (done->message.result_int() >= 400)
      return give_up({errc::io,
                      options.url + " answers " + std::to_string(done->message.result_int())},
                     terminal::io);
  }
  return published(*side->results, *side->judged);
}

} // namespace troth::testtool
