#include "services/http/exchange.hpp"

namespace troth::services::http {

response problem_response(const wire::problem& what, const std::string& request_id,
                          const std::string& why) {
  response out{what.status, std::string{wire::problem_media_type},
               wire::write_problem(what, request_id)};
  out.code = what.code;
  out.why = why.empty() ? what.detail : why;
  if (what.status == 401)
    out.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (what.status == 503)
    out.headers.emplace_back("Retry-After", "1");
  return out;
}

response error_response(const error& why, const std::string& request_id) {
  return problem_response(wire::to_problem(why), request_id, to_string(why));
}

} // namespace troth::services::http
