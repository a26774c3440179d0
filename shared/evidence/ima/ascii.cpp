#include "shared/evidence/ima/ascii.hpp"

#include "shared/base/hex.hpp"
#include "shared/evidence/ima/legacy.hpp"
#include "shared/evidence/ima/list.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace troth::evidence::ima {

namespace {

void put_u32le(bytes& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_sized(bytes& out, byte_view value) {
  put_u32le(out, value.size());
  out.insert(out.end(), value.begin(), value.end());
}

/// Takes one line apart. Like a reader, it remembers that something was wrong.
class line_parser {
public:
  explicit line_parser(std::string_view line) : rest_(line) {
    // nop
  }

  /// Takes what stands in front of the next space, and that.
  std::string_view word() {
    const auto space = rest_.find(' ');
    require(space != std::string_view::npos);
    const auto taken = rest_.substr(0, space);
    rest_.remove_prefix(std::min(rest_.size(), taken.size() + 1));
    return taken;
  }

  /// Takes what stands behind the last space, and that: paths have spaces too.
  std::string_view last_word() {
    const auto space = rest_.rfind(' ');
    if (space == std::string_view::npos) // an empty field, with its space lost
      return {};
    const auto taken = rest_.substr(space + 1);
    rest_ = rest_.substr(0, space);
    return taken;
  }

  std::string_view rest() const { return rest_; }

  bytes from_digits(std::string_view digits) {
    const auto value = from_hex(digits);
    require(value.has_value());
    return value ? *value : bytes{};
  }

  /// Makes `sha256:0a0b` the field `sha256:` NUL digest.
  bytes from_digest(std::string_view text) {
    const auto digits = text.rfind(':') + 1; // 0 if there is none
    require(digits != 0);
    auto out = to_bytes(text.substr(0, digits));
    out.push_back(0);
    const auto value = from_digits(text.substr(digits));
    out.insert(out.end(), value.begin(), value.end());
    return out;
  }

  void require(bool holds) { ok_ = ok_ && holds; }
  bool ok() const { return ok_; }

private:
  std::string_view rest_;
  bool ok_ = true;
};

std::uint32_t read_pcr(line_parser& line) {
  auto digits = line.word();
  if (digits.empty()) // the kernel pads to two columns
    digits = line.word();
  line.require(!digits.empty() && digits.size() <= 2);
  std::uint32_t pcr = 0;
  for (const char digit : digits) {
    line.require(digit >= '0' && digit <= '9');
    pcr = pcr * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return pcr;
}

void put_path(bytes& out, std::string_view path) {
  auto with_nul = to_bytes(path);
  with_nul.push_back(0);
  put_sized(out, with_nul);
}

bytes template_data(line_parser& line, template_kind kind) {
  bytes out;
  put_sized(out, line.from_digest(line.word()));
  if (kind == template_kind::ima_modsig) {
    const auto module_signature = line.from_digits(line.last_word());
    const auto module_digest = line.last_word();
    const auto signature = line.from_digits(line.last_word());
    put_path(out, line.rest());
    put_sized(out, signature);
    put_sized(out, module_digest.empty() ? bytes{} : line.from_digest(module_digest));
    put_sized(out, module_signature);
  } else if (kind == template_kind::ima_ng || kind == template_kind::ima_ngv2) {
    put_path(out, line.rest());
  } else {
    const auto last = line.from_digits(line.last_word()); // a signature or a buffer
    put_path(out, line.rest());
    put_sized(out, last);
  }
  return out;
}

result<void> put_entry(bytes& out, std::string_view text) {
  line_parser line{text};
  put_u32le(out, read_pcr(line));
  const auto hash = line.from_digits(line.word());
  line.require(hash.size() == template_hash_size);
  out.insert(out.end(), hash.begin(), hash.end());
  const auto name = line.word();
  const auto kind = template_kind_of(name);
  if (line.ok() && kind == template_kind::unknown)
    return error{errc::unsupported, "template"};
  put_sized(out, to_bytes(name));
  if (kind == template_kind::ima) {
    const auto digest = line.from_digits(line.word());
    line.require(digest.size() == legacy_digest_size);
    out.insert(out.end(), digest.begin(), digest.end());
    put_sized(out, to_bytes(line.rest()));
  } else {
    put_sized(out, template_data(line, kind));
  }
  if (!line.ok())
    return error{errc::malformed, "line"};
  return {};
}

} // namespace

result<bytes> binary_from_ascii(byte_view ascii_list) {
  const auto text = to_text(ascii_list);
  std::string_view rest = text;
  bytes out;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    if (number > max_entries)
      return error{errc::too_large, "ima.ascii: entries"};
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (const auto put = put_entry(out, line); !put)
      return error{put.error().code,
                   "ima.ascii." + put.error().where + ' ' + std::to_string(number)};
  }
  return out;
}

} // namespace troth::evidence::ima
