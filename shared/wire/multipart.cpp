#include "shared/wire/multipart.hpp"

#include "shared/base/base64.hpp"
#include "shared/wire/media_type.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace troth::wire {

namespace {

constexpr std::size_t max_boundary_bytes = 70; // RFC 2046
constexpr std::size_t max_part_headers = 8;
constexpr std::string_view line_end = "\r\n";

error broken_multipart(errc code, const std::string& what) {
  return {code, "multipart: " + what};
}

std::string small_letters(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string_view without_blanks(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = text.find_last_not_of(" \t");
  return end == std::string_view::npos ? std::string_view{} : text.substr(begin, end + 1 - begin);
}

bool is_boundary(std::string_view text) {
  constexpr std::string_view marks = "'()+_,-./:=? ";
  return !text.empty() && text.size() <= max_boundary_bytes && text.back() != ' '
         && std::ranges::all_of(text, [&](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                     || marks.find(c) != std::string_view::npos;
            });
}

/// Returns the one boundary that a Content-Type names.
result<std::string> boundary_in(std::string_view content_type) {
  if (media_type_of(content_type) != "multipart/mixed")
    return broken_multipart(errc::unsupported, "expected multipart/mixed");
  std::optional<std::string> found;
  for (auto at = content_type.find(';'); at != std::string_view::npos;
       at = content_type.find(';')) {
    content_type.remove_prefix(at + 1);
    const auto parameter = without_blanks(content_type.substr(0, content_type.find(';')));
    const auto equals = parameter.find('=');
    if (small_letters(parameter.substr(0, equals)) != "boundary")
      continue;
    if (found || equals == std::string_view::npos)
      return broken_multipart(errc::malformed, "boundary");
    auto value = parameter.substr(equals + 1);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
      value = value.substr(1, value.size() - 2);
    found = std::string{value};
  }
  if (!found || !is_boundary(*found))
    return broken_multipart(errc::malformed, "boundary");
  return *std::move(found);
}

/// The bytes of a body that are not read yet.
class unread {
public:
  explicit unread(std::string_view all) : rest_(all) {
    // nop
  }

  bool is_done() const { return rest_.empty(); }

  /// Passes over `text` if it is next.
  bool skip(std::string_view text) {
    if (!rest_.starts_with(text))
      return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  /// Takes what is in front of `end`, and passes over that. Nothing if it does not come.
  std::optional<std::string_view> take_until(std::string_view end) {
    const auto at = rest_.find(end);
    if (at == std::string_view::npos)
      return std::nullopt;
    const auto out = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return out;
  }

private:
  std::string_view rest_;
};

/// Reads the header of a part: its media type. It must say that it is in base64.
result<std::string> read_part_header(unread& from) {
  std::optional<std::string> type;
  std::optional<std::string> encoding;
  for (std::size_t lines = 0;; ++lines) {
    const auto line = from.take_until(line_end);
    if (!line)
      return broken_multipart(errc::truncated, "header of a part");
    if (line->empty())
      break;
    const auto colon = line->find(':');
    if (lines >= max_part_headers || colon == std::string_view::npos)
      return broken_multipart(errc::malformed, "header of a part");
    const auto name = small_letters(line->substr(0, colon));
    auto* const kept = name == "content-type"                ? &type
                       : name == "content-transfer-encoding" ? &encoding
                                                             : nullptr;
    if (kept == nullptr)
      continue;
    if (*kept)
      return broken_multipart(errc::malformed, name + ", twice");
    *kept = std::string{without_blanks(line->substr(colon + 1))};
  }
  if (!type)
    return broken_multipart(errc::malformed, "a part without a type");
  if (!encoding || small_letters(*encoding) != "base64")
    return broken_multipart(errc::unsupported, "encoding of a part, expected base64");
  return media_type_of(*type);
}

} // namespace

result<bytes> from_loose_base64(std::string_view text) {
  std::string dense;
  dense.reserve(text.size());
  std::ranges::copy_if(text, std::back_inserter(dense),
                       [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  return from_base64(dense);
}

result<std::vector<body_part>> parse_multipart(std::string_view content_type, std::string_view body,
                                               std::size_t max_parts) {
  const auto boundary = boundary_in(content_type);
  if (!boundary)
    return boundary.error();
  const auto opening = "--" + *boundary;
  const auto delimiter = std::string{line_end} + opening;
  unread in{body};
  if (!in.skip(opening) || !in.skip(line_end))
    return broken_multipart(body.size() < opening.size() + line_end.size() ? errc::truncated
                                                                           : errc::malformed,
                            "expected its boundary first");
  std::vector<body_part> out;
  for (;;) {
    if (out.size() >= max_parts)
      return broken_multipart(errc::too_large, "more than " + std::to_string(max_parts) + " parts");
    auto type = read_part_header(in);
    if (!type)
      return type.error();
    const auto text = in.take_until(delimiter);
    if (!text)
      return broken_multipart(errc::truncated, "a part without an end");
    auto content = from_loose_base64(*text);
    if (!content)
      return broken_multipart(errc::malformed,
                              "part " + std::to_string(out.size() + 1) + ": no base64");
    out.push_back({*std::move(type), *std::move(content)});
    if (in.skip("--"))
      break;
    if (!in.skip(line_end))
      return broken_multipart(in.is_done() ? errc::truncated : errc::malformed,
                              "behind a boundary");
  }
  (void)in.skip(line_end);
  if (!in.is_done())
    return broken_multipart(errc::trailing, "bytes behind it");
  return out;
}

} // namespace troth::wire
