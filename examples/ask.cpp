// Says a line to a machine that has proved itself, has it prove itself once more, and prints what
// it answers: ask GATEWAY-URL TLS-ROOTS TLS-CERTIFICATE TLS-KEY HOST PORT LINE
#include "shared/atls/connection.hpp"
#include "shared/client/gateway_attester.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <iostream>

using namespace troth;

namespace {

int give_up(const error& why) {
  std::cerr << "ask: " << to_string(why) << '\n';
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 8)
    return 2;
  client::http_options to;
  to.url = argv[1];
  const auto gateway = client::open_gateway(to);
  const auto tls = atls::make_context(atls::side::client, {argv[2], argv[3], argv[4]});
  if (!gateway || !tls)
    return give_up(gateway ? tls.error() : gateway.error());
  atls::settings with;
  with.with = std::make_shared<client::gateway_attester>(*gateway, client::judge_at(*gateway),
                                                         report::encoding::cbor);
  with.renewal.is = atls::renewing::offered;
  auto made = atls::dial({argv[5], argv[6]}, *tls, with);
  if (!made)
    return give_up(made.error());
  auto peer = *std::move(made);
  boost::system::error_code why;
  boost::asio::write(peer, boost::asio::buffer(std::string{argv[7]} + '\n'), why);
  std::string answer;
  if (!why)
    boost::asio::read_until(peer, boost::asio::dynamic_buffer(answer), '\n', why);
  if (why)
    return give_up({errc::io, why.message()});
  std::cout << answer;
  if (const auto again = peer.renew(); !again)
    return give_up(again.error());
  for (const auto& each : peer.who().verdict.signers)
    std::cout << "from a machine of " << each << '\n';
  peer.close();
}
