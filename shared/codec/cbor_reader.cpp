#include "shared/codec/cbor_reader.hpp"

#include "shared/codec/utf8.hpp"

#include <bit>
#include <cbor.h>
#include <limits>

namespace troth::codec {

namespace {

constexpr std::size_t max_depth = 64;

std::size_t header_size(std::uint64_t value) noexcept {
  if (value < 24)
    return 1;
  if (value <= 0xff)
    return 2;
  if (value <= 0xffff)
    return 3;
  return value <= 0xffffffff ? 5 : 9;
}

std::string_view as_text(byte_view view) noexcept {
  return {static_cast<const char*>(static_cast<const void*>(view.data())), view.size()};
}

} // namespace

std::string_view name(cbor_type type) noexcept {
  switch (type) {
  case cbor_type::unsigned_integer:
    return "an unsigned integer";
  case cbor_type::negative_integer:
    return "a negative integer";
  case cbor_type::byte_string:
    return "a byte string";
  case cbor_type::text:
    return "a text";
  case cbor_type::array:
    return "an array";
  case cbor_type::map:
    return "a map";
  case cbor_type::tag:
    return "a tag";
  case cbor_type::boolean:
    return "a boolean";
  case cbor_type::null:
    return "null";
  case cbor_type::floating:
    return "a floating-point number";
  case cbor_type::end:
    return "nothing";
  case cbor_type::forbidden:
    return "an indefinite length or undefined value";
  }
  return {};
}

/// What libcbor calls: each writes the item that the context points at.
struct cbor_callback {
  using item = cbor_reader::item;

  template <cbor_type Type, class Number>
  static void number(void* out, Number value) {
    *static_cast<item*>(out) = {Type, value, nullptr};
  }

  template <cbor_type Type>
  static void content(void* out, cbor_data data, std::size_t size) {
    *static_cast<item*>(out) = {Type, size, data};
  }

  template <cbor_type Type>
  static void plain(void* out) {
    *static_cast<item*>(out) = {Type, 0, nullptr};
  }

  template <class Number>
  static void floating(void* out, Number value) {
    *static_cast<item*>(out) = {cbor_type::floating, std::bit_cast<std::uint64_t>(double{value}),
                                nullptr};
  }
};

namespace {

constexpr cbor_callbacks callbacks = {
  .uint8 = cbor_callback::number<cbor_type::unsigned_integer, std::uint8_t>,
  .uint16 = cbor_callback::number<cbor_type::unsigned_integer, std::uint16_t>,
  .uint32 = cbor_callback::number<cbor_type::unsigned_integer, std::uint32_t>,
  .uint64 = cbor_callback::number<cbor_type::unsigned_integer, std::uint64_t>,
  .negint64 = cbor_callback::number<cbor_type::negative_integer, std::uint64_t>,
  .negint32 = cbor_callback::number<cbor_type::negative_integer, std::uint32_t>,
  .negint16 = cbor_callback::number<cbor_type::negative_integer, std::uint16_t>,
  .negint8 = cbor_callback::number<cbor_type::negative_integer, std::uint8_t>,
  .byte_string_start = cbor_callback::plain<cbor_type::forbidden>,
  .byte_string = cbor_callback::content<cbor_type::byte_string>,
  .string = cbor_callback::content<cbor_type::text>,
  .string_start = cbor_callback::plain<cbor_type::forbidden>,
  .indef_array_start = cbor_callback::plain<cbor_type::forbidden>,
  .array_start = cbor_callback::number<cbor_type::array, std::size_t>,
  .indef_map_start = cbor_callback::plain<cbor_type::forbidden>,
  .map_start = cbor_callback::number<cbor_type::map, std::size_t>,
  .tag = cbor_callback::number<cbor_type::tag, std::uint64_t>,
  .float2 = cbor_callback::floating<float>,
  .float4 = cbor_callback::floating<float>,
  .float8 = cbor_callback::floating<double>,
  .undefined = cbor_callback::plain<cbor_type::forbidden>,
  .null = cbor_callback::plain<cbor_type::null>,
  .boolean = cbor_callback::number<cbor_type::boolean, bool>,
  .indef_break = cbor_callback::plain<cbor_type::forbidden>,
};

} // namespace

byte_view cbor_reader::item::content() const noexcept {
  return {data, static_cast<std::size_t>(number)};
}

const cbor_reader::item& cbor_reader::take() {
  if (failure_)
    return item_ = {};
  start_ = at_;
  const auto rest = input_.subspan(at_);
  const auto decoded = cbor_stream_decode(rest.data(), rest.size(), &callbacks, &item_);
  at_ += decoded.read;
  if (decoded.status != CBOR_DECODER_FINISHED || item_.type == cbor_type::forbidden
      || (form_ == cbor_form::canonical && !is_shortest(decoded.read))) [[unlikely]]
    refuse(decoded.status);
  return item_;
}

void cbor_reader::refuse(int status) {
  if (status == CBOR_DECODER_NEDATA)
    fail(errc::truncated, {});
  else if (status != CBOR_DECODER_FINISHED)
    fail(errc::malformed, "no data item");
  else if (item_.type == cbor_type::forbidden)
    fail(errc::malformed, name(item_.type));
  else
    fail(errc::malformed, "not the shortest form");
  item_ = {};
}

bool cbor_reader::is_shortest(std::size_t item_size) const noexcept {
  switch (item_.type) {
  case cbor_type::floating: // has no length that could be shorter
    return true;
  case cbor_type::boolean:
  case cbor_type::null:
    return item_size == 1;
  case cbor_type::byte_string:
  case cbor_type::text:
    return item_size - item_.number == header_size(item_.number);
  default:
    return item_size == header_size(item_.number);
  }
}

const cbor_reader::item& cbor_reader::take(cbor_type expected) {
  take();
  if (item_.type != expected)
    refuse_type(expected);
  return item_;
}

void cbor_reader::refuse_type(cbor_type expected) {
  fail(errc::malformed,
       std::string{name(item_.type)} + ", expected " + std::string{name(expected)});
  item_ = {};
}

cbor_type cbor_reader::next_type() {
  if (failure_ || remaining() == 0)
    return cbor_type::end;
  const auto saved = at_;
  const auto type = take().type;
  at_ = saved;
  return type;
}

std::int64_t cbor_reader::integer() {
  take();
  if (item_.type != cbor_type::unsigned_integer && item_.type != cbor_type::negative_integer)
    refuse_type(cbor_type::unsigned_integer);
  if (item_.number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    fail(errc::too_large, "an integer of more than 63 bits");
    return 0;
  }
  const auto value = static_cast<std::int64_t>(item_.number);
  return item_.type == cbor_type::negative_integer ? -1 - value : value;
}

std::string_view cbor_reader::text() {
  byte_view content;
  const auto read = as_text(take_short(cbor_type::text, content) ? content
                                                                 : take(cbor_type::text).content());
  if (is_utf8(read))
    return read;
  fail(errc::malformed, "a text that is not UTF-8");
  return {};
}

bool cbor_reader::boolean() {
  return take(cbor_type::boolean).number != 0;
}

double cbor_reader::floating() {
  return std::bit_cast<double>(take(cbor_type::floating).number);
}

std::uint64_t cbor_reader::tag() {
  std::uint64_t number = 0; // the library knows but some of the short ones, and not COSE's
  return take_short(cbor_type::tag, number) ? number : take(cbor_type::tag).number;
}

void cbor_reader::skip() {
  switch (next_type()) {
  case cbor_type::array: {
    const cbor_array items{*this, remaining()};
    for (std::size_t i = 0; i < items.size() && ok(); ++i)
      skip();
    return;
  }
  case cbor_type::map: {
    for (cbor_map entries{*this}; entries.current() != nullptr; entries.next())
      skip();
    return;
  }
  case cbor_type::text:
    (void)text();
    return;
  default:
    if (take().type == cbor_type::tag)
      fail(errc::malformed, "a tag");
  }
}

std::size_t cbor_reader::begin(cbor_type container, std::size_t items_per_entry) {
  std::uint64_t count = 0;
  if (!take_short(container, count))
    count = take(container).number;
  if (++depth_ > max_depth)
    fail(errc::too_large, "nested deeper than " + std::to_string(max_depth));
  if (count > remaining() / items_per_entry) // an item has one byte at least
    fail(errc::truncated, {});
  return ok() ? static_cast<std::size_t>(count) : 0;
}

void cbor_reader::require_end() {
  if (!failure_ && remaining() > 0) {
    start_ = at_;
    fail(errc::trailing, {});
  }
}

void cbor_reader::fail(errc why, std::string_view detail) {
  if (!failure_)
    failure_ = failure{why, {}, std::string{detail}};
}

troth::error cbor_reader::error() const {
  return failure_.value().at(format_, "at byte " + std::to_string(start_));
}

cbor_array::cbor_array(cbor_reader& in, std::size_t max)
  : in_(in), size_(in.begin(cbor_type::array, 1)) {
  if (size_ > max) {
    in_.fail(errc::too_large, std::to_string(size_) + " items, at most " + std::to_string(max));
    size_ = 0;
  }
}

cbor_map::cbor_map(cbor_reader& in) : in_(in), left_(in.begin(cbor_type::map, 2)) {
  if (left_ > 0)
    take_key();
}

void cbor_map::take_other_key() {
  const auto& item = in_.take();
  key_ = {item.type, item.number, {}};
  if (item.type == cbor_type::unsigned_integer || item.type == cbor_type::negative_integer)
    return;
  if (item.type == cbor_type::text)
    key_.text = as_text(item.content());
  if (item.type != cbor_type::text || !is_utf8(key_.text))
    in_.fail(errc::malformed, "a map key that is neither an integer nor text");
}

} // namespace troth::codec
