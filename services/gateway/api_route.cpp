#include "services/gateway/api_route.hpp"

#include "services/gateway/documentation.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace troth::services {

http::route make_route(const char* method, const char* path, action what, const api_parts& with,
                       api_handler serve) {
  http::route out{method, path, [with, serve](http::request&& asked, http::responder respond) {
                    auto whole = std::make_shared<http::request>(std::move(asked));
                    boost::asio::post(*with.workers, [=] {
                      try {
                        serve(with, *whole, respond);
                      } catch (const std::exception& why) { // most likely there is no memory left
                        respond(http::error_response({errc::internal, why.what()}, whole->id));
                      }
                    });
                  }};
  out.permit = [what](const caller& who) { return check_access(who, what); };
  return out;
}

origin origin_of(const http::request& asked) {
  return {asked.who, {asked.id, asked.trace}};
}

std::function<void(result<protocol::payload>)> respond_with_payload(http::responder respond,
                                                                    std::string id) {
  return [respond = std::move(respond), id = std::move(id)](result<protocol::payload> answer) {
    if (!answer)
      return respond(http::error_response(answer.error(), id));
    auto body = *std::move(answer);
    respond({200, std::move(body.media_type), std::move(body.body)});
  };
}

http::response result_problem(const error& why, const std::string& id) {
  if (why.code == errc::unsupported && why.where.starts_with("accept"))
    return http::problem_response({406, "not_acceptable", why.where}, id);
  return http::error_response(why, id);
}

std::function<void(result<protocol::payload>)> respond_with_result(http::responder respond,
                                                                   std::string id) {
  return [respond = std::move(respond), id = std::move(id)](result<protocol::payload> answer) {
    if (!answer)
      return respond(result_problem(answer.error(), id));
    auto body = *std::move(answer);
    if (body.media_type == "text/html")
      return respond(page_response(std::move(body.body)));
    respond({200, std::move(body.media_type), std::move(body.body)});
  };
}

} // namespace troth::services
