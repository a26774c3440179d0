#include "services/gateway/appraisal_batch.hpp"

#include "shared/wire/batch.hpp"
#include "shared/wire/requests.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troth::services {

namespace {

using protocol::payload;

constexpr std::size_t max_parts = 64;
constexpr std::size_t at_a_time = 8;

/// A client that takes anything gets the form that it sent.
bool tells_lines(const http::request& asked) {
  const auto& form = asked.accept.empty() || asked.accept == "*/*" ? asked.media_type
                                                                   : asked.produces;
  return form == ndjson_media_type;
}

/// The appraisals of one batch.
class batch : public std::enable_shared_from_this<batch> {
public:
  batch(const api_parts& with, const http::request& asked, http::responder respond)
    : with_(with), from_(origin_of(asked)), body_(asked.body),
      is_lines_(asked.media_type == ndjson_media_type), tells_lines_(tells_lines(asked)),
      respond_(std::move(respond)) {
    // nop
  }

  void begin() {
    auto parts = is_lines_ ? wire::split_lines(body_, max_parts)
                           : wire::split_array(body_, max_parts);
    if (!parts)
      return respond_(http::error_response(parts.error(), from_.context.id));
    parts_ = *std::move(parts);
    answers_.resize(parts_.size());
    const auto first = std::min(at_a_time, parts_.size());
    for (std::size_t n = 0; n < first; ++n)
      next();
  }

private:
  /// Begins the next appraisal, if there is one.
  void next() {
    const auto index = next_++;
    if (index >= parts_.size())
      return;
    // The request itself has been counted already.
    if (index > 0 && with_.busy->callers.refuse(from_.who.name, std::chrono::steady_clock::now()))
      return finish(index,
                    http::problem_response({429, "rate_limited", "this caller asks too often"},
                                           from_.context.id));
    auto request = wire::read_appraisal(parts_[index], with_.to->max_report_bytes());
    if (!request)
      return finish(index, http::error_response(request.error(), from_.context.id));
    auto message = *std::move(request);
    message.accept = wire::json_media_type;
    auto from = from_;
    from.context.id += '.' + std::to_string(index);
    with_.to->appraise(from, std::move(message),
                       [self = shared_from_this(), index](result<payload> answer) {
                         self->on_answer(index, std::move(answer));
                       });
  }

  void on_answer(std::size_t index, result<payload> answer) {
    if (!answer)
      return finish(index, http::error_response(answer.error(), from_.context.id));
    auto body = *std::move(answer);
    finish(index, {200, std::move(body.media_type), std::move(body.body)});
  }

  void finish(std::size_t index, http::response&& answer) {
    const auto* const member = answer.status == 200 ? "result" : "problem";
    answers_[index] = "{\"status\":" + std::to_string(answer.status) + ",\"" + member
                      + "\":" + answer.body + '}';
    if (++finished_ == parts_.size())
      return tell();
    next();
  }

  void tell() {
    std::string out = tells_lines_ ? "" : "[";
    for (std::size_t n = 0; n < answers_.size(); ++n) {
      if (!tells_lines_ && n > 0)
        out += ',';
      out += answers_[n];
      answers_[n].clear();
      if (tells_lines_)
        out += '\n';
    }
    if (!tells_lines_)
      out += ']';
    respond_(
      {200, std::string{tells_lines_ ? ndjson_media_type : wire::json_media_type}, std::move(out)});
  }

  const api_parts with_;
  const origin from_;
  const std::string body_;
  const bool is_lines_; ///< The request.
  const bool tells_lines_;
  const http::responder respond_;
  std::vector<std::string_view> parts_; // of `body_`
  std::vector<std::string> answers_;    // each is written once, before it is counted
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> finished_ = 0;
};

} // namespace

void appraise_batch(const api_parts& with, const http::request& asked, http::responder respond) {
  std::make_shared<batch>(with, asked, std::move(respond))->begin();
}

} // namespace troth::services
