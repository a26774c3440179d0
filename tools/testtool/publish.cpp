#include "tools/testtool/publish.hpp"

#include "tools/testtool/arguments.hpp"
#include "tools/testtool/ocsf.hpp"

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <utility>

namespace troth::testtool {

namespace {

constexpr std::size_t most_waiting = 1'024;

bool is_json(output_format of) {
  return of == output_format::table || of == output_format::json;
}

/// Makes one line of JSON of it.
result<std::string> line_of(const bytes& json) {
  const auto parsed = nlohmann::ordered_json::parse(json.begin(), json.end(), nullptr, false);
  if (parsed.is_discarded())
    return error{errc::malformed, "result: not JSON"};
  return parsed.dump();
}

result<void> append(const std::filesystem::path& file, std::string_view line) {
  std::ofstream out{file, std::ios::app | std::ios::binary};
  out << line << '\n';
  out.close();
  if (!out)
    return error{errc::io, file.string() + ": cannot be added to"};
  return {};
}

} // namespace

void check_publishing(const publish_options& options, const output_options& output) {
  const auto& tls = options.to.tls;
  if (options.to.url.empty()
      && !(tls.ca.empty() && tls.certificate.empty() && tls.key.empty()
           && options.to.token_file.empty()))
    reject("--publish: its other options need its URL");
  if (!options.file.empty() && !is_json(output.format))
    reject("--publish-file: its lines are JSON: needs --output table or json");
  if (options.as == publish_form::ocsf && !is_json(output.format))
    reject("--publish-as: needs --output table or json");
  if (options.as == publish_form::ocsf && options.file.empty() && options.to.url.empty())
    reject("--publish-as: needs --publish or --publish-file");
}

result<std::shared_ptr<publisher>> publisher::open(const publish_options& options, report::face as,
                                                   const ports& world) {
  auto out = std::make_shared<publisher>(options, as, world);
  if (options.to.url.empty())
    return out;
  auto send = client::open_http(options.to);
  if (!send)
    return error{send.error().code, "--publish: " + send.error().where};
  out->send_ = *std::move(send);
  return out;
}

publisher::publisher(const publish_options& options, report::face as, const ports& world)
  : options_(options), as_(as), world_(world) {
  // nop
}

publisher::~publisher() {
  finish();
}

void publisher::submit(bytes result) {
  if (!send_ && options_.file.empty())
    return;
  if (waiting_ >= most_waiting)
    return lose({errc::exhausted, "too many results wait"});
  ++waiting_;
  boost::asio::post(worker_, [this, result = std::move(result)] {
    publish(result);
    --waiting_;
  });
}

bool publisher::finish() {
  worker_.join();
  return !has_lost_;
}

void publisher::publish(const bytes& result) {
  if (as_ != report::face::json) {
    if (auto done = publish_one(to_text(result), report::media_type(as_)); !done)
      lose(done.error());
    return;
  }
  std::vector<std::string> bodies;
  const auto line = line_of(result);
  if (!line)
    return lose(line.error());
  if (options_.as == publish_form::ocsf)
    bodies = detection_findings(read_result(nlohmann::json::parse(*line)), world_.now(),
                                world_.random);
  else
    bodies.push_back(*line);
  for (const auto& each : bodies)
    if (auto done = publish_one(each, "application/json"); !done)
      lose(done.error());
}

result<void> publisher::publish_one(std::string_view body, std::string_view type) {
  if (!options_.file.empty())
    if (auto done = append(options_.file, body); !done)
      return done;
  if (!send_)
    return {};
  constexpr unsigned least_success = 200;
  constexpr unsigned least_other = 300;
  const auto answer = send_({"POST", "", "*/*", std::string{type}, std::string{body}});
  if (!answer)
    return answer.error();
  if (answer->status < least_success || answer->status >= least_other)
    return error{errc::unavailable,
                 options_.to.url + ": answers with status " + std::to_string(answer->status)};
  return {};
}

void publisher::lose(const error& why) {
  has_lost_ = true;
  complain(world_, {why.code, "publishing: " + why.where});
}

} // namespace troth::testtool
