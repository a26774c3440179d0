#include "services/health.hpp"

#include "services/common.hpp"
#include "services/exit_code.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <ostream>

namespace troth::services {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds health_patience{5};

/// One GET, from the first step to the last, under one deadline.
class question {
public:
  question(asio::io_context& context, const link::address& at) : stream_(context) {
    asio::ip::tcp::resolver resolver{context};
    stream_.expires_after(health_patience);
    stream_.async_connect(resolver.resolve(at.host, std::to_string(at.port), why_),
                          [this, host = at.host](error_code why, const auto&) {
                            why_ = why;
                            if (!why)
                              ask(host);
                          });
  }

  error_code why() const { return why_; }
  const beast_http::response<beast_http::string_body>& answer() const { return answer_; }

private:
  void ask(const std::string& host) {
    request_.set(beast_http::field::host, host);
    beast_http::async_write(stream_, request_, [this](error_code why, std::size_t) {
      why_ = why;
      if (!why)
        beast_http::async_read(stream_, buffer_, answer_,
                               [this](error_code failed, std::size_t) { why_ = failed; });
    });
  }

  beast::tcp_stream stream_;
  beast_http::request<beast_http::empty_body> request_{beast_http::verb::get, "/readyz", 11};
  beast::flat_buffer buffer_;
  beast_http::response<beast_http::string_body> answer_;
  error_code why_;
};

} // namespace

int ask_health(const std::string& admin, std::ostream& out, std::ostream& err) {
  const auto at = read_address("admin", admin);
  if (!at) {
    err << to_string(at.error()) << '\n';
    return exit_code::usage;
  }
  asio::io_context context;
  const question asked{context, *at};
  context.run();
  if (asked.why()) {
    err << admin << ": " << asked.why().message() << '\n';
    return exit_code::io;
  }
  out << asked.answer().body() << '\n';
  return asked.answer().result() == beast_http::status::ok ? exit_code::good : exit_code::io;
}

} // namespace troth::services
