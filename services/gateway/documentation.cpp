#include "services/gateway/documentation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <utility>

namespace troth::services {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view style
  = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.3rem .6rem;border-bottom:1px solid #eee}code,pre{font-family:ui-monospace,monospace;"
    "font-size:.9em}pre{background:#f5f5f5;padding:.6rem;overflow-x:auto}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#121212}pre{background:#222}"
    "h2,td,th{border-color:#333}}";

std::string escaped(std::string_view text) {
  std::string out;
  for (const auto c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

std::string upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string text_of(const json& object, const char* member) {
  const auto at = object.find(member);
  return at != object.end() && at->is_string() ? escaped(at->get<std::string>()) : std::string{};
}

std::string element(std::string_view name, std::string_view content) {
  const std::string tag{name};
  return '<' + tag + '>' + std::string{content} + "</" + tag + ">\n";
}

std::string row(std::initializer_list<std::string> cells) {
  std::string out;
  for (const auto& cell : cells)
    out += "<td>" + cell + "</td>";
  return element("tr", out);
}

/// Follows `{"$ref": "#/..."}`.
const json& resolved(const json& document, const json& value) {
  const auto at = value.find("$ref");
  return at == value.end() ? value
                           : document.at(json::json_pointer{at->get<std::string>().substr(1)});
}

/// Writes what kind of value a schema asks for, in few words.
std::string kind_of(const json& schema) {
  if (schema.contains("oneOf")) {
    std::string out;
    for (const auto& one : schema["oneOf"])
      out += (out.empty() ? "" : " or ") + kind_of(one);
    return out;
  }
  if (schema.contains("contentEncoding"))
    return text_of(schema, "contentEncoding");
  if (schema.contains("enum") && schema["enum"].size() < 8)
    return escaped(schema["enum"].dump());
  return schema.contains("format") ? text_of(schema, "format") : text_of(schema, "type");
}

std::string members_of(const json& schema) {
  if (!schema.contains("properties"))
    return {};
  std::string rows = "<tr><th>member</th><th>kind</th><th></th></tr>\n";
  const auto required = schema.value("required", json::array());
  for (const auto& [name, member] : schema["properties"].items()) {
    const auto is_required = std::find(required.begin(), required.end(), name) != required.end();
    rows += row({"<code>" + escaped(name) + "</code>" + (is_required ? "" : " (optional)"),
                 kind_of(member), text_of(member, "description")});
  }
  return element("table", rows);
}

std::string request_of(const json& document, const json& operation) {
  if (!operation.contains("requestBody"))
    return {};
  std::string out;
  for (const auto& [type, body] : operation["requestBody"]["content"].items()) {
    out += element("h3", "Request, <code>" + escaped(type) + "</code>");
    out += members_of(resolved(document, body["schema"]));
    const auto examples = body.value("examples", json::object());
    for (const auto& [name, example] : examples.items())
      out += element("details",
                     element("summary", text_of(example, "summary") + ": "
                                          + std::to_string(example["x-answer"].get<int>()))
                       + element("pre", escaped(example["value"].dump(2))));
  }
  return out;
}

std::string responses_of(const json& document, const json& operation) {
  std::string rows = "<tr><th>status</th><th>types</th><th></th></tr>\n";
  std::string bodies;
  for (const auto& [status, reference] : operation["responses"].items()) {
    const auto& response = resolved(document, reference);
    std::string types;
    for (const auto& [type, body] : response["content"].items()) {
      types += (types.empty() ? "<code>" : ", <code>") + escaped(type) + "</code>";
      if (status.starts_with('2'))
        bodies += members_of(resolved(document, body["schema"]));
    }
    rows += row({status, types, text_of(response, "description")});
  }
  return element("h3", "Responses") + element("table", rows) + bodies;
}

} // namespace

std::string render_documentation(std::string_view openapi) {
  const auto document = json::parse(openapi);
  const auto& info = document["info"];
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n";
  out += element("title", text_of(info, "title")) + element("style", style);
  out += element("h1", text_of(info, "title")) + element("p", text_of(info, "summary"));
  out += element("p", text_of(info, "description"));
  out += element("p", "For programs: <a href=\"openapi.json\"><code>/openapi.json</code></a>");
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      out += "<h2 id=\"" + text_of(operation, "operationId") + "\"><code>" + upper(method) + ' '
             + escaped(path) + "</code> " + text_of(operation, "summary") + "</h2>\n";
      out += element("p", text_of(operation, "description"));
      out += request_of(document, operation) + responses_of(document, operation);
    }
  out += element("h2", "Problems");
  out += members_of(document["components"]["schemas"]["problem"]);
  out += element(
    "p",
    "Codes: "
      + escaped(document["components"]["schemas"]["problem"]["properties"]["code"]["enum"].dump()));
  return out + "</html>\n";
}

http::response page_response(std::string page) {
  http::response out{200, "text/html; charset=utf-8", std::move(page)};
  out.headers.emplace_back("Content-Security-Policy",
                           "default-src 'none'; style-src 'unsafe-inline'; "
                           "frame-ancestors 'none'; base-uri 'none'");
  return out;
}

std::vector<http::route> documentation_routes() {
  const auto page = std::make_shared<const std::string>(render_documentation(openapi_text()));
  http::route docs{"GET", "/docs", [page](http::request&&, const http::responder& respond) {
                     respond(page_response(*page));
                   }};
  docs.produces = {"text/html"};
  http::route description{"GET", "/openapi.json",
                          [](http::request&&, const http::responder& respond) {
                            respond({200, "application/json", std::string{openapi_text()}});
                          }};
  description.produces = {"application/json"};
  return {std::move(docs), std::move(description)};
}

} // namespace troth::services
