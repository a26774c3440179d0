#include "shared/codec/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troth::codec {

namespace {

using nlohmann::json;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t max_shown = 64; // of a name, in an error

/// Builds the value from the parser's events; false ends the parse.
class builder { // NOLINT(readability-identifier-naming): the parser names the functions
public:
  builder(std::size_t text_size, std::size_t max_depth)
    : text_size_(text_size), max_depth_(max_depth) {
    // nop
  }

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(std::int64_t value) { return put(value); }
  bool number_unsigned(std::uint64_t value) { return put(value); }
  bool number_float(double value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(json::binary_t&) { return false; } // JSON has none
  bool start_object(std::size_t) { return open(json::object()); }
  bool start_array(std::size_t) { return open(json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& members = open_.back()->get_ref<json::object_t&>();
    const auto [member, is_new] = members.try_emplace(name, nullptr);
    if (!is_new)
      return fail({errc::malformed, "json: a member twice: " + name.substr(0, max_shown)});
    next_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) {
    const auto place = "json at byte " + std::to_string(position == 0 ? 0 : position - 1);
    if (complete_)
      return fail({errc::trailing, place});
    return fail({position > text_size_ ? errc::truncated : errc::malformed, place});
  }

  result<json> finish() {
    if (failure_)
      return *std::move(failure_);
    if (!complete_)
      return error{errc::malformed, "json"};
    return std::move(root_);
  }

private:
  /// Puts a value where the next one belongs: the root, a member, the end of an array.
  json* place(json&& value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array())
      return &open_.back()->get_ref<json::array_t&>().emplace_back(std::move(value));
    *next_ = std::move(value);
    return next_;
  }

  bool put(json&& value) {
    place(std::move(value));
    complete_ = open_.empty();
    return true;
  }

  bool open(json&& empty) {
    if (open_.size() >= max_depth_)
      return fail({errc::too_large, "json: nested deeper than " + std::to_string(max_depth_)});
    open_.push_back(place(std::move(empty)));
    return true;
  }

  bool close() {
    open_.pop_back();
    complete_ = open_.empty();
    return true;
  }

  bool fail(error why) {
    if (!failure_)
      failure_ = std::move(why);
    return false;
  }

  std::size_t text_size_;
  std::size_t max_depth_;
  json root_;
  std::vector<json*> open_;
  json* next_ = nullptr; // the member whose name was read last
  bool complete_ = false;
  std::optional<error> failure_;
};

} // namespace

result<json> parse_json(std::string_view text, json_limits limits) {
  if (text.size() > limits.max_bytes)
    return error{errc::too_large, "json: " + std::to_string(text.size()) + " bytes, at most "
                                    + std::to_string(limits.max_bytes)};
  if (text.starts_with(byte_order_mark))
    return error{errc::malformed, "json at byte 0: a byte order mark"};
  // Nowhere allowed, and the parser takes one for the end of its input.
  if (const auto at = text.find('\0'); at != std::string_view::npos)
    return error{errc::malformed, "json at byte " + std::to_string(at)};
  builder out{text.size(), limits.max_depth};
  (void)json::sax_parse(text, &out);
  return out.finish();
}

} // namespace troth::codec
