#include "services/gateway/audit_api.hpp"

#include "services/gateway/access.hpp"
#include "services/gateway/appraisal_batch.hpp"

#include <boost/asio/post.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace troth::services {

namespace {

std::optional<std::uint64_t> number_of(const std::string& text) {
  std::uint64_t out = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc{} && read.ptr == end ? std::optional{out} : std::nullopt;
}

} // namespace

http::route audit_route(const audit_log& log, boost::asio::thread_pool& workers) {
  http::route out{
    "GET", "/v1/audit/{number}", [&log, &workers](http::request&& asked, http::responder respond) {
      const auto first = number_of(asked.parameters.at(0));
      if (!first)
        return respond(
          http::error_response({errc::malformed, "number: expected that of a line"}, asked.id));
      boost::asio::post(workers, [&log, first = *first, id = asked.id,
                                  respond = std::move(respond)] {
        const auto lines = log.read(first);
        respond(lines ? http::response{200, std::string{ndjson_media_type}, *lines}
                      : http::error_response(lines.error(), id));
      });
    }};
  out.produces = {std::string{ndjson_media_type}};
  out.permit = [](const caller& who) { return check_access(who, action::read_audit); };
  return out;
}

} // namespace troth::services
