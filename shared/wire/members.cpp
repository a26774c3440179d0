#include "shared/wire/members.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/json.hpp"
#include "shared/wire/long_text.hpp"

#include <iterator>

namespace troth::wire {

namespace {

using nlohmann::json;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_shown = 64; // of a name, in an error

std::string shown(std::string_view name) {
  return std::string{name.substr(0, max_shown)};
}

/// Goes over a text and counts what was read of it, for whoever holds the count.
class counting_iterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  counting_iterator(std::string_view::const_iterator at, std::size_t& count)
    : at_(at), count_(&count) {
    // nop
  }

  reference operator*() const { return *at_; }
  counting_iterator& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  friend bool operator==(const counting_iterator& a, const counting_iterator& b) {
    return a.at_ == b.at_;
  }

private:
  std::string_view::const_iterator at_;
  std::size_t* count_;
};

} // namespace

/// Keeps the members of the outer object; false ends the parse.
class member_collector { // NOLINT(readability-identifier-naming): the parser names the functions
public:
  /// @param taken what was taken out of `text`, if anything.
  member_collector(std::string_view text, const std::optional<shortened_text>& taken,
                   const std::size_t& consumed, members& out)
    : text_(text), taken_(taken), consumed_(consumed), out_(out) {
    // nop
  }

  bool null() { return other(); }
  bool boolean(bool value) {
    return depth_ == 1 ? keep(value ? members::kind::yes : members::kind::no, {}) : other();
  }
  bool number_integer(std::int64_t) { return other(); }
  bool number_unsigned(std::uint64_t) { return other(); }
  bool number_float(double, const std::string&) { return other(); }
  bool binary(json::binary_t&) { return false; } // JSON has none

  bool string(std::string& value) {
    if (taken_ && consumed_ == taken_->at + 1) // the parser has just read the quote
      value = taken_->taken;
    return depth_ == 1 ? keep(members::kind::text, std::move(value)) : other();
  }

  bool start_object(std::size_t) {
    if (depth_ == 1)
      begin_ = consumed_ - 1; // the parser has just read the brace
    return deeper();
  }

  bool end_object() {
    --depth_;
    is_complete_ = depth_ == 0;
    return depth_ != 1
           || keep(members::kind::object, std::string{text_.substr(begin_, consumed_ - begin_)});
  }

  bool start_array(std::size_t) { return depth_ == 0 ? other() : deeper(); }

  bool end_array() {
    --depth_;
    return other();
  }

  bool key(std::string& name) {
    if (depth_ == 1)
      name_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) {
    auto byte = position == 0 ? 0 : position - 1;
    if (taken_ && byte >= taken_->at)
      byte += taken_->taken.size();
    const auto place = "json at byte " + std::to_string(byte);
    if (is_complete_)
      return fail({errc::trailing, place});
    return fail({position > text_.size() ? errc::truncated : errc::malformed, place});
  }

  const std::optional<error>& failure() const { return failure_; }

private:
  bool keep(members::kind is, std::string content) {
    const auto [at, is_new] = out_.values_.try_emplace(name_, members::member{is, {}});
    if (!is_new)
      return fail({errc::malformed, shown(name_) + ": is there twice"});
    at->second.content = std::move(content);
    return true;
  }

  /// A value that is no member, or one of another kind.
  bool other() {
    if (depth_ == 0)
      return fail({errc::malformed, "expected an object"});
    return depth_ > 1 || keep(members::kind::other, {});
  }

  bool deeper() {
    if (++depth_ > max_depth)
      return fail({errc::too_large, "nested deeper than " + std::to_string(max_depth)});
    return true;
  }

  bool fail(error why) {
    if (!failure_)
      failure_ = std::move(why);
    return false;
  }

  std::string_view text_;
  const std::optional<shortened_text>& taken_;
  const std::size_t& consumed_;
  members& out_;
  std::size_t depth_ = 0;
  std::size_t begin_ = 0; // of the inner object
  std::string name_;
  bool is_complete_ = false;
  std::optional<error> failure_;
};

result<members> members::parse(std::string_view body, std::string_view format) {
  const auto refuse = [&](errc code, const std::string& why) {
    return error{code, std::string{format} + ": " + why};
  };
  if (body.starts_with(byte_order_mark))
    return refuse(errc::malformed, "json at byte 0: a byte order mark");
  // Nowhere allowed, and the parser takes one for the end of its input.
  if (const auto at = body.find('\0'); at != std::string_view::npos)
    return refuse(errc::malformed, "json at byte " + std::to_string(at));
  members out{format};
  std::size_t consumed = 0;
  const auto shortened = take_long_text(body);
  const auto text = shortened ? std::string_view{shortened->rest} : body;
  member_collector collector{text, shortened, consumed, out};
  (void)json::sax_parse(counting_iterator{text.begin(), consumed},
                        counting_iterator{text.end(), consumed}, &collector);
  if (const auto& why = collector.failure())
    return refuse(why->code, why->where);
  return out;
}

bool members::is_object(std::string_view name) const {
  const auto at = values_.find(name);
  return at != values_.end() && at->second.is == kind::object;
}

std::string members::text(std::string_view name, std::size_t max_bytes) {
  auto taken = take(name, kind::text, max_bytes);
  if (!taken)
    return {};
  require(!taken->content.empty(), errc::malformed, name, "is empty");
  return std::move(taken->content);
}

bytes members::decoded(std::string_view name, std::size_t min, std::size_t max) {
  const auto range = std::to_string(min) + " to " + std::to_string(max) + " bytes of base64";
  const auto taken = take(name, kind::text, (max + 2) / 3 * 4);
  if (!taken)
    return {};
  auto out = from_base64(taken->content);
  require(out.has_value(), errc::malformed, name, "expected " + range);
  if (failure_)
    return {};
  require(out->size() <= max, errc::too_large, name, "expected " + range);
  require(out->size() >= min, errc::malformed, name, "expected " + range);
  return *std::move(out);
}

std::string members::object(std::string_view name, std::size_t max_bytes) {
  auto taken = take(name, kind::object, max_bytes);
  return taken ? std::move(taken->content) : std::string{};
}

bool members::flag(std::string_view name) {
  const auto at = values_.find(name);
  if (at == values_.end())
    return false;
  const auto is = at->second.is;
  values_.erase(at);
  require(is == kind::yes || is == kind::no, errc::malformed, name, "expected true or false");
  return is == kind::yes && !failure_;
}

void members::require(bool holds, errc why, std::string_view name, std::string_view detail) {
  if (!holds && !failure_)
    failure_ = error{why, std::string{format_} + '.' + shown(name) + ": " + std::string{detail}};
}

std::optional<members::member> members::take(std::string_view name, kind expected,
                                             std::size_t max_bytes) {
  const auto at = values_.find(name);
  if (at == values_.end())
    return std::nullopt;
  auto out = std::move(at->second);
  values_.erase(at);
  require(out.is == expected, errc::malformed, name,
          expected == kind::object ? "expected an object" : "expected a text");
  require(out.content.size() <= max_bytes, errc::too_large, name,
          std::to_string(out.content.size()) + " bytes, at most " + std::to_string(max_bytes));
  if (failure_)
    return std::nullopt;
  return out;
}

} // namespace troth::wire
