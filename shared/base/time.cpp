#include "shared/base/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace troth {

namespace {

using namespace std::chrono;

/// Takes characters off the front of a timestamp.
class cursor {
public:
  explicit cursor(std::string_view text) : rest_(text) {
    // nop
  }

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count)
      return std::nullopt;
    const auto word = rest_.substr(0, count);
    if (word.find_first_not_of("0123456789") != std::string_view::npos)
      return std::nullopt;
    int value = 0;
    std::from_chars(word.data(), word.data() + word.size(), value);
    rest_.remove_prefix(count);
    return value;
  }

  bool eat(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos)
      return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  char last() const { return last_; }
  bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  bool empty() const { return rest_.empty(); }

private:
  std::string_view rest_;
  char last_ = 0;
};

std::optional<nanoseconds> fraction(cursor& in) {
  std::int64_t value = 0;
  int count = 0;
  while (in.at_digit() && count < 9) {
    value = value * 10 + *in.digits(1);
    ++count;
  }
  if (count == 0 || in.at_digit())
    return std::nullopt;
  for (; count < 9; ++count)
    value *= 10;
  return nanoseconds{value};
}

std::optional<minutes> offset(cursor& in) {
  if (in.eat("Zz"))
    return minutes{0};
  if (!in.eat("+-"))
    return std::nullopt;
  const auto sign = in.last() == '-' ? -1 : 1;
  const auto hour = in.digits(2);
  if (!hour || *hour > 23 || !in.eat(":"))
    return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59)
    return std::nullopt;
  return minutes{sign * (*hour * 60 + *minute)};
}

std::optional<time_point> parse(std::string_view text) {
  cursor in{text};
  const auto y = in.digits(4);
  if (!y || !in.eat("-"))
    return std::nullopt;
  const auto m = in.digits(2);
  if (!m || !in.eat("-"))
    return std::nullopt;
  const auto d = in.digits(2);
  if (!d || !in.eat("Tt "))
    return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                            day{static_cast<unsigned>(*d)}};
  const auto h = in.digits(2);
  if (!date.ok() || !h || *h > 23 || !in.eat(":"))
    return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59 || !in.eat(":"))
    return std::nullopt;
  const auto second = in.digits(2);
  if (!second || *second > 60)
    return std::nullopt;
  nanoseconds part{0};
  if (in.eat(".")) {
    const auto read = fraction(in);
    if (!read)
      return std::nullopt;
    part = *read;
  }
  const auto zone = offset(in);
  if (!zone || !in.empty())
    return std::nullopt;
  // In seconds, which do not overflow: the clock's nanoseconds end in 2262.
  const auto whole = sys_seconds{sys_days{date}} + hours{*h} + minutes{*minute} + seconds{*second}
                     - *zone;
  const auto last = time_point::max() - hours{24};
  const auto first = time_point::min() + hours{24};
  if (whole >= floor<seconds>(last))
    return last;
  if (whole <= floor<seconds>(first))
    return first;
  return time_point{whole} + duration_cast<system_clock::duration>(part);
}

std::string format_seconds(sys_seconds when) {
  const auto date = floor<days>(when);
  const year_month_day ymd{date};
  const hh_mm_ss clock{when - date};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                static_cast<unsigned>(ymd.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

} // namespace

result<time_point> parse_time(std::string_view text) {
  const auto when = parse(text);
  if (!when)
    return error{errc::malformed, "time: not an RFC 3339 timestamp"};
  return *when;
}

std::string format_time(time_point when) {
  return format_seconds(floor<seconds>(when)) + 'Z';
}

std::string format_time_ns(time_point when) {
  const auto whole = floor<seconds>(when);
  const auto part = duration_cast<nanoseconds>(when - whole);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), ".%09dZ", static_cast<int>(part.count()));
  return format_seconds(whole) + text.data();
}

} // namespace troth
