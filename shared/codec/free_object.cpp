#include "shared/codec/free_object.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace troth::codec {

namespace {

using nlohmann::json;

class reading {
public:
  explicit reading(cbor_reader& in) : in_(in) {
    // nop
  }

  json object() {
    auto out = json::object();
    for (cbor_map entries{in_}; entries.current() != nullptr; entries.next()) {
      const auto& key = *entries.current();
      if (key.type != cbor_type::text) {
        in_.fail(errc::malformed, "a key that is not text");
        break;
      }
      const std::string name{key.text};
      auto member = value();
      if (!in_.ok())
        in_.within(name);
      out[name] = std::move(member);
    }
    return out;
  }

  json value() {
    if (++count_ > max_free_values)
      in_.fail(errc::too_large, "more than " + std::to_string(max_free_values) + " values");
    switch (in_.next_type()) {
    case cbor_type::unsigned_integer:
      return in_.unsigned_integer();
    case cbor_type::negative_integer:
      return in_.integer();
    case cbor_type::text:
      return std::string{in_.text()};
    case cbor_type::boolean:
      return in_.boolean();
    case cbor_type::null:
      in_.take_null();
      return nullptr;
    case cbor_type::floating:
      return number();
    case cbor_type::array:
      return array();
    case cbor_type::map:
      return object();
    default:
      in_.skip();
      in_.fail(errc::malformed, "a value that JSON has no form for");
      return nullptr;
    }
  }

private:
  json array() {
    auto out = json::array();
    const cbor_array items{in_, max_free_values};
    for (std::size_t i = 0; i < items.size() && in_.ok(); ++i) {
      out.push_back(value());
      if (!in_.ok())
        in_.within("[" + std::to_string(i) + "]");
    }
    return out;
  }

  json number() {
    const auto out = in_.floating();
    if (!std::isfinite(out))
      in_.fail(errc::malformed, "not a number");
    return out;
  }

  cbor_reader& in_;
  std::size_t count_ = 0;
};

void write_value(cbor_writer& out, const json& from);

void write_object(cbor_writer& out, const json::object_t& from) {
  std::vector<const json::object_t::value_type*> ordered;
  ordered.reserve(from.size());
  for (const auto& member : from)
    ordered.push_back(&member);
  std::ranges::stable_sort(ordered, {}, [](const auto* member) { return member->first.size(); });
  out.map(ordered.size());
  for (const auto* member : ordered) {
    out.text(member->first);
    write_value(out, member->second);
  }
}

void write_value(cbor_writer& out, const json& from) {
  switch (from.type()) {
  case json::value_t::number_unsigned:
    return out.unsigned_integer(from.get<std::uint64_t>());
  case json::value_t::number_integer:
    return out.integer(from.get<std::int64_t>());
  case json::value_t::number_float:
    return out.floating(from.get<double>());
  case json::value_t::string:
    return out.text(from.get_ref<const std::string&>());
  case json::value_t::boolean:
    return out.boolean(from.get<bool>());
  case json::value_t::object:
    return write_object(out, from.get_ref<const json::object_t&>());
  case json::value_t::array:
    out.array(from.size());
    for (const auto& item : from)
      write_value(out, item);
    return;
  default:
    return out.null();
  }
}

} // namespace

void read(cbor_reader& in, free_object& out) {
  auto value = reading{in}.object();
  if (in.ok())
    out.value = std::move(value);
}

void write(cbor_writer& out, const free_object& from) {
  write_value(out, from.value);
}

opaque_value from_json_value(const json& value) {
  cbor_writer out;
  write_value(out, value);
  return {out.take()};
}

json to_json_value(const opaque_value& from) {
  cbor_reader in{from.item, "value"};
  auto value = reading{in}.value();
  return in.ok() ? std::move(value) : json{};
}

} // namespace troth::codec
