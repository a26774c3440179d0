#include "shared/report/cmw.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/cbor_writer.hpp"
#include "shared/codec/json_writer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace troth::report {

namespace {

using codec::cbor_reader;
using codec::cbor_type;
using nlohmann::json;

constexpr std::size_t max_records = 64;
constexpr std::size_t max_collections = 4; // within each other
constexpr std::size_t max_type_bytes = 256;
constexpr std::uint64_t max_indicator = 0xffff'ffff;

struct content_format {
  std::uint64_t number;
  std::string_view media_type;
};

// IANA's, of what may come in a wrapper.
constexpr std::array content_formats = {
  content_format{50, "application/json"},          content_format{60, "application/cbor"},
  content_format{61, "application/cwt"},           content_format{263, "application/eat+cwt"},
  content_format{264, "application/eat+jwt"},      content_format{267, "application/eat-ucs+cbor"},
  content_format{268, "application/eat-ucs+json"}, content_format{273, "application/cmw+cbor"},
  content_format{274, "application/cmw+json"},     content_format{275, "application/cmw+cose"},
  content_format{276, "application/cmw+jws"},
};

std::string type_of(std::uint64_t number) {
  const auto* const at = std::ranges::find(content_formats, number, &content_format::number);
  return at != content_formats.end() ? std::string{at->media_type}
                                     : "content-format/" + std::to_string(number);
}

std::string joined(const std::string& outer, std::string_view label) {
  return outer.empty() ? std::string{label} : outer + '/' + std::string{label};
}

/// Reads wrappers in CBOR.
class cbor_wrapper {
public:
  explicit cbor_wrapper(cbor_reader& in) : in_(in) {
    // nop
  }

  void read(const std::string& label, std::size_t depth) {
    switch (in_.next_type()) {
    case cbor_type::array:
      return add(record(label));
    case cbor_type::tag:
      return add(tagged(label));
    case cbor_type::map:
      return collection(label, depth);
    default:
      in_.fail(in_.remaining() == 0 ? errc::truncated : errc::malformed, "no wrapper");
    }
  }

  std::vector<cmw_record> take() && { return std::move(records_); }

private:
  void add(cmw_record one) {
    if (records_.size() == max_records)
      in_.fail(errc::too_large, "more than " + std::to_string(max_records) + " records");
    if (in_.ok())
      records_.push_back(std::move(one));
  }

  cmw_record record(const std::string& label) {
    cmw_record out{label, {}, {}, 0};
    const codec::cbor_array items{in_, 3};
    if (items.size() < 2)
      in_.fail(errc::malformed, "expected two or three items");
    if (in_.next_type() == cbor_type::text)
      out.type = in_.text();
    else
      out.type = format(in_.unsigned_integer());
    if (out.type.empty() || out.type.size() > max_type_bytes)
      in_.fail(errc::malformed, "a type");
    out.value = copy(in_.byte_string());
    if (items.size() == 3)
      out.indicator = indicator(in_.unsigned_integer());
    return out;
  }

  std::string format(std::uint64_t number) {
    if (number > 0xffff)
      in_.fail(errc::malformed, "a content format above 65535");
    return type_of(number);
  }

  std::uint32_t indicator(std::uint64_t value) {
    if (value == 0 || value > max_indicator)
      in_.fail(errc::malformed, "an indicator");
    return static_cast<std::uint32_t>(value);
  }

  // RFC 9277, appendix B: which content format a tag is for.
  cmw_record tagged(const std::string& label) {
    constexpr std::uint64_t first = 1'668'546'817;
    constexpr std::uint64_t last = 1'668'612'095;
    const auto tag = in_.tag();
    const auto distance = tag - first;
    if (tag < first || tag > last || distance % 256 == 255)
      in_.fail(errc::unsupported, "a tag that names no content format");
    cmw_record out{label, in_.ok() ? type_of(distance - distance / 256) : std::string{}, {}, 0};
    out.value = copy(in_.byte_string());
    return out;
  }

  void collection(const std::string& label, std::size_t depth) {
    if (depth == max_collections)
      in_.fail(errc::too_large, "a collection in too many others");
    std::set<std::string> seen;
    for (codec::cbor_map entries{in_}; entries.current() != nullptr; entries.next()) {
      const auto& key = *entries.current();
      if (key.type == cbor_type::text && key.text == cmw_collection_type) {
        (void)in_.text();
        continue;
      }
      auto own = key.type == cbor_type::text ? std::string{key.text} : number_text(key);
      if (own.empty() || !seen.insert(own).second)
        in_.fail(errc::malformed, "a label that is empty or there twice");
      if (in_.ok())
        read(joined(label, own), depth + 1);
    }
    if (seen.empty())
      in_.fail(errc::missing, "a record in the collection");
  }

  static std::string number_text(const codec::cbor_map::key& key) {
    return (key.type == cbor_type::negative_integer ? "-1-" : "") + std::to_string(key.number);
  }

  cbor_reader& in_;
  std::vector<cmw_record> records_;
};

/// Reads wrappers in JSON; the first failure sticks.
class json_wrapper {
public:
  void read(const json& value, const std::string& label, std::size_t depth) {
    if (failure_)
      return;
    if (value.is_array())
      return record(value, label);
    require(value.is_object(), errc::malformed, "no wrapper");
    if (value.is_object())
      collection(value, label, depth);
  }

  result<std::vector<cmw_record>> take() && {
    if (failure_)
      return *std::move(failure_);
    return std::move(records_);
  }

private:
  void require(bool holds, errc why, std::string_view where) {
    if (!holds && !failure_)
      failure_ = error{why, "cmw: " + std::string{where}};
  }

  void record(const json& value, const std::string& label) {
    require(records_.size() < max_records, errc::too_large, "records");
    require((value.size() == 2 || value.size() == 3) && value[0].is_string()
              && value[1].is_string(),
            errc::malformed, "expected a type, a value and maybe an indicator");
    if (failure_)
      return;
    cmw_record out{label, value[0].get<std::string>(), {}, 0};
    require(!out.type.empty() && out.type.size() <= max_type_bytes, errc::malformed, "type");
    auto decoded = from_base64url(value[1].get_ref<const std::string&>());
    require(decoded.has_value(), errc::malformed, "value");
    if (value.size() == 3) {
      const auto is_number = value[2].is_number_unsigned() && value[2] != 0
                             && value[2].get<std::uint64_t>() <= max_indicator;
      require(is_number, errc::malformed, "indicator");
      out.indicator = is_number ? value[2].get<std::uint32_t>() : 0;
    }
    if (failure_)
      return;
    out.value = *std::move(decoded);
    records_.push_back(std::move(out));
  }

  void collection(const json& value, const std::string& label, std::size_t depth) {
    require(depth < max_collections, errc::too_large, "a collection in too many others");
    std::size_t members = 0;
    for (const auto& [own, member] : value.items()) {
      if (own == cmw_collection_type) {
        require(member.is_string(), errc::malformed, cmw_collection_type);
        continue;
      }
      ++members;
      require(!own.empty(), errc::malformed, "a label that is empty");
      read(member, joined(label, own), depth + 1);
    }
    require(members > 0, errc::missing, "a record in the collection");
  }

  std::vector<cmw_record> records_;
  std::optional<error> failure_;
};

} // namespace

result<std::vector<cmw_record>> read_cmw(const json& value) {
  json_wrapper out;
  out.read(value, {}, 0);
  return std::move(out).take();
}

std::vector<cmw_record> read_cmw(cbor_reader& in) {
  cbor_wrapper out{in};
  out.read({}, 0);
  return std::move(out).take();
}

result<std::vector<cmw_record>> parse_cmw(byte_view input, encoding as) {
  if (as == encoding::json) {
    const auto value = codec::parse_json(to_text(input), {.max_bytes = input.size()});
    if (!value)
      return error{value.error().code, "cmw: " + value.error().where};
    return read_cmw(*value);
  }
  cbor_reader in{input, "cmw", codec::cbor_form::definite};
  auto records = read_cmw(in);
  return in.finish(std::move(records));
}

bytes write_cmw(const cmw_record& record, encoding as) {
  if (as == encoding::json) {
    codec::json_writer out;
    out.begin_array();
    out.text(record.type);
    out.text(base64url(record.value));
    if (record.indicator != 0)
      out.number(std::uint64_t{record.indicator});
    out.end_array();
    return to_bytes(out.take());
  }
  codec::cbor_writer out;
  out.array(record.indicator != 0 ? 3 : 2);
  out.text(record.type);
  out.byte_string(record.value);
  if (record.indicator != 0)
    out.unsigned_integer(record.indicator);
  return out.take();
}

} // namespace troth::report
