#include "services/status_routes.hpp"

#include "shared/protocol/common.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace troth::services {

namespace {

constexpr const char* json_media_type = "application/json";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

http::response readiness_response(const protocol::readiness& now, reasons why) {
  nlohmann::ordered_json body{{"ready", now.is_ready}};
  if (why == reasons::shown)
    body["reasons"] = lines_of(now.reasons);
  return {now.is_ready ? 200U : 503U, json_media_type,
          body.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace)};
}

/// Asks how a process is once for all who want to know at a time: everybody may, and it is others,
/// down to a database and a TPM, who have to answer.
class shared_question : public std::enable_shared_from_this<shared_question> {
public:
  using answer = std::function<void(const protocol::readiness&)>;

  explicit shared_question(const readiness& of) : of_(of) {
    // nop
  }

  void ask(answer then) {
    {
      const std::lock_guard lock{mutex_};
      waiting_.push_back(std::move(then));
      if (waiting_.size() > 1)
        return;
    }
    of_.ask([self = shared_from_this()](const protocol::readiness& now) { self->tell(now); });
  }

private:
  void tell(const protocol::readiness& now) {
    std::vector<answer> waiting;
    {
      const std::lock_guard lock{mutex_};
      waiting.swap(waiting_);
    }
    for (const auto& then : waiting)
      then(now);
  }

  const readiness& of_;
  std::mutex mutex_;
  std::vector<answer> waiting_; // guarded by mutex_; not empty: the question is open
};

std::string version_body(const std::string& program, const std::string& version) {
  return nlohmann::ordered_json{{"name", program},
                                {"version", version},
                                {"protocol", std::to_string(protocol::protocol_major) + '.'
                                               + std::to_string(protocol::protocol_minor)}}
    .dump();
}

} // namespace

std::vector<http::route> status_routes(const readiness& ready, const metrics& figures,
                                       const std::string& program, const std::string& version,
                                       reasons why) {
  http::route healthz{"GET", "/healthz", [](http::request&&, const http::responder& respond) {
                        respond({200, "text/plain", "ok\n"});
                      }};
  healthz.is_open = true;
  http::route readyz{"GET", "/readyz",
                     [question = std::make_shared<shared_question>(ready),
                      why](http::request&&, const http::responder& respond) {
                       question->ask([respond, why](const protocol::readiness& now) {
                         respond(readiness_response(now, why));
                       });
                     }};
  readyz.is_open = true;
  return {
    healthz,
    readyz,
    {"GET", "/metrics",
     [&figures](http::request&&, const http::responder& respond) {
       respond({200, metrics_media_type, figures.text()});
     }},
    {"GET", "/version",
     [body = version_body(program, version)](http::request&&, const http::responder& respond) {
       respond({200, json_media_type, body});
     }},
  };
}

} // namespace troth::services
