#include "shared/codec/claims.hpp"

#include "shared/base/reader.hpp"
#include "shared/codec/cbor_writer.hpp"
#include "shared/codec/utf8.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

namespace troth::codec {

namespace {

using nlohmann::json;

constexpr std::size_t max_claims_depth = 16;
constexpr std::uint8_t break_code = 0xff;

// RFC 8949, section 3.1.
enum class major : std::uint8_t { number, negative, byte_string, text, array, map, tag, simple };

/// The head of a data item.
struct head {
  major type;
  std::uint8_t info;      ///< The lower five bits.
  std::uint64_t argument; ///< Value, size, count; 0 for an indefinite length.

  bool is_indefinite() const noexcept { return info == 31; }
};

/// Reads a tree from CBOR that need not be canonical.
class tree_reader {
public:
  explicit tree_reader(byte_view input, std::string_view format) : in_(input, format) {
    // nop
  }

  result<json> read() {
    auto value = item(take_head());
    return in_.finish(std::move(value));
  }

private:
  head take_head() {
    const auto first = in_.u8("item");
    const auto info = static_cast<std::uint8_t>(first & 0x1f);
    const head out{static_cast<major>(first >> 5), info, argument(info)};
    in_.require(!out.is_indefinite() || (out.type >= major::byte_string && out.type <= major::map)
                  || first == break_code,
                errc::malformed, "item");
    return out;
  }

  std::uint64_t argument(std::uint8_t info) {
    switch (info) {
    case 24:
      return in_.u8("item");
    case 25:
      return in_.u16be("item");
    case 26:
      return in_.u32be("item");
    case 27:
      return in_.u64be("item");
    default:
      in_.require(info < 24 || info == 31, errc::malformed, "item");
      return info < 24 ? info : 0;
    }
  }

  json item(const head& of) {
    const auto deeper = ++depth_ <= max_claims_depth;
    in_.require(deeper, errc::too_large, "depth");
    auto out = in_.ok() ? value(of) : json{};
    --depth_;
    return out;
  }

  json value(const head& of) {
    switch (of.type) {
    case major::number:
    case major::negative:
      return integer(of);
    case major::byte_string:
      return json::binary(string(of));
    case major::text:
      return text(of);
    case major::array:
      return array(of);
    case major::map:
      return map(of);
    case major::tag:
      return item(take_head());
    case major::simple:
      break;
    }
    return simple(of);
  }

  std::int64_t integer(const head& of) {
    const auto fits = of.argument <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    in_.require(fits, errc::malformed, "integer");
    const auto number = fits ? static_cast<std::int64_t>(of.argument) : 0;
    return of.type == major::number ? number : -1 - number;
  }

  bytes string(const head& of) {
    bytes out;
    if (!of.is_indefinite()) {
      append(out, of.argument);
      return out;
    }
    for (auto part = take_head(); in_.ok() && !is_break(part); part = take_head()) {
      in_.require(part.type == of.type && !part.is_indefinite(), errc::malformed, "part");
      append(out, part.argument);
    }
    return out;
  }

  void append(bytes& out, std::uint64_t size) {
    in_.require(size <= in_.remaining(), errc::truncated, "string");
    const auto part = in_.take(in_.ok() ? static_cast<std::size_t>(size) : 0, "string");
    out.insert(out.end(), part.begin(), part.end());
  }

  std::string text(const head& of) {
    auto out = to_text(string(of));
    in_.require(is_utf8(out), errc::malformed, "text");
    return in_.ok() ? std::move(out) : std::string{};
  }

  json array(const head& of) {
    auto out = json::array();
    each(of, 1, [&](const head& first) { out.push_back(item(first)); });
    return out;
  }

  json map(const head& of) {
    auto out = json::object();
    each(of, 2, [&](const head& first) {
      auto label = this->label(first);
      auto member = item(take_head());
      const auto is_new = out.emplace(std::move(label), std::move(member)).second;
      in_.require(is_new, errc::malformed, "label");
    });
    return out;
  }

  std::string label(const head& of) {
    if (of.type == major::text) {
      auto out = text(of);
      in_.require(!out.starts_with('#'), errc::malformed, "label"); // it would read as a number
      return out;
    }
    in_.require(of.type == major::number || of.type == major::negative, errc::malformed, "label");
    return claim_label(integer(of));
  }

  /// Calls `take` with the head of every item of a container.
  void each(const head& of, std::size_t heads_per_item, auto take) {
    if (of.is_indefinite()) {
      for (auto first = take_head(); in_.ok() && !is_break(first); first = take_head())
        take(first);
      return;
    }
    in_.require(of.argument <= in_.remaining() / heads_per_item, errc::truncated, "count");
    for (std::uint64_t n = 0; n < of.argument && in_.ok(); ++n)
      take(take_head());
  }

  json simple(const head& of) {
    switch (of.info) {
    case 20:
    case 21:
      return of.info == 21;
    case 22:
      return nullptr;
    case 25:
    case 26:
    case 27:
      return 0.0;
    default:
      in_.require(false, errc::malformed, "simple value");
      return {};
    }
  }

  static bool is_break(const head& of) { return of.type == major::simple && of.is_indefinite(); }

  reader in_;
  std::size_t depth_ = 0;
};

/// An integer label's number, or nothing for a text.
std::pair<bool, std::int64_t> number_of(const std::string& label) {
  if (label.size() < 2 || label[0] != '#')
    return {false, 0};
  return {true, std::stoll(label.substr(1))};
}

void write(cbor_writer& out, const json& value);

void write_map(cbor_writer& out, const json& value) {
  std::vector<std::pair<bytes, const json*>> entries; // by their labels' encodings
  for (const auto& [label, member] : value.items()) {
    cbor_writer encoded;
    if (const auto [is_number, number] = number_of(label); is_number)
      encoded.integer(number);
    else
      encoded.text(label);
    entries.emplace_back(encoded.take(), &member);
  }
  // Canonical: by major type, then shorter first, then by bytes.
  std::ranges::sort(entries, {}, [](const auto& entry) {
    return std::tuple{entry.first.front() >> 5, entry.first.size(), entry.first};
  });
  out.map(entries.size());
  for (const auto& [label, member] : entries) {
    out.raw(label);
    write(out, *member);
  }
}

void write(cbor_writer& out, const json& value) {
  if (value.is_object()) {
    write_map(out, value);
  } else if (value.is_array()) {
    out.array(value.size());
    for (const auto& item : value)
      write(out, item);
  } else if (value.is_binary()) {
    out.byte_string(value.get_binary());
  } else if (value.is_string()) {
    out.text(value.get_ref<const std::string&>());
  } else if (value.is_null()) {
    out.null();
  } else if (value.is_boolean()) {
    out.boolean(value.get<bool>());
  } else {
    out.integer(value.get<std::int64_t>());
  }
}

} // namespace

result<json> parse_cbor_claims(byte_view input, std::string_view format) {
  return tree_reader{input, format}.read();
}

bytes write_cbor_claims(const json& claims) {
  cbor_writer out;
  write(out, claims);
  return out.take();
}

std::string write_json_claims(const json& claims) {
  return claims.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace troth::codec
