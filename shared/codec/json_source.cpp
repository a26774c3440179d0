#include "shared/codec/json_source.hpp"

namespace troth::codec {

using nlohmann::json;

void json_source::read(std::uint64_t& out) {
  if (at_->is_number_unsigned())
    out = at_->get<std::uint64_t>();
  else
    refuse_type("an unsigned integer");
}

void json_source::read(bool& out) {
  if (at_->is_boolean())
    out = at_->get<bool>();
  else
    refuse_type("a boolean");
}

void json_source::read(bounded<bytes> out) {
  out.value = at_->is_null() ? bytes{} : decoded(from_base64(text()));
  if (!ok())
    return;
  const auto size = std::to_string(out.value.size()) + " bytes";
  if (out.value.size() > out.max)
    fail(errc::too_large, size + ", at most " + std::to_string(out.max));
  else if (out.value.size() < out.min)
    fail(errc::malformed, size + ", expected " + std::to_string(out.min) + " at least");
}

void json_source::read(bounded<std::map<std::string, bytes>> out) {
  out.value.clear();
  if (at_->is_null()) // what the reference writes for an empty one
    return;
  if (!at_->is_object()) {
    refuse_type("an object");
    return;
  }
  if (at_->size() > out.max)
    fail(errc::too_large,
         std::to_string(at_->size()) + " entries, at most " + std::to_string(out.max));
  for (const auto& [key, value] : at_->items())
    if (ok())
      inside(value, [&, &name = key] { read(up_to(out.max_item_bytes, out.value[name])); });
}

void json_source::read(free_object& out) {
  if (at_->is_object())
    out.value = *at_;
  else
    refuse_type("an object");
}

void json_source::fail(errc why, std::string detail) {
  if (!failure_)
    failure_ = failure{why, {}, std::move(detail)};
}

const json* json_source::find(std::string_view name) {
  if (!ok())
    return nullptr;
  if (!at_->is_object()) {
    refuse_type("an object");
    return nullptr;
  }
  const auto found = at_->find(name);
  return found == at_->end() ? nullptr : &*found;
}

std::string_view json_source::text() {
  if (const auto* const value = at_->get_ptr<const std::string*>())
    return *value;
  refuse_type("a string");
  return {};
}

std::size_t json_source::begin_array(std::size_t max, bool is_in_all) {
  if (at_->is_null()) // what the reference writes for an empty one
    return 0;
  if (!at_->is_array()) {
    refuse_type("an array");
    return 0;
  }
  if (at_->size() > max) {
    fail(errc::too_large, std::to_string(at_->size()) + " items, at most " + std::to_string(max));
    return 0;
  }
  if (is_in_all && (counted_ += at_->size()) > max) {
    fail(errc::too_large, "more than " + std::to_string(max) + " items in all");
    return 0;
  }
  return at_->size();
}

bytes json_source::decoded(result<bytes> from) {
  if (from)
    return *std::move(from);
  fail(from.error().code, from.error().where);
  return {};
}

json json_source::opened(byte_view raw) {
  const auto inner = decoded(from_base64url(to_text(raw)));
  if (!ok())
    return {};
  auto value = parse_json(to_text(inner), {.max_bytes = inner.size()});
  if (value)
    return *std::move(value);
  fail(value.error().code, value.error().where);
  return {};
}

void json_source::refuse_type(std::string_view expected) {
  fail(errc::malformed, std::string{at_->type_name()} + ", expected " + std::string{expected});
}

} // namespace troth::codec
