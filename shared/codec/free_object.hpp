#pragma once

#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/cbor_writer.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>

namespace troth::codec {

/// An object of no described shape: what JSON can say and nothing else, so that it is the same in
/// both encodings. In CBOR its keys are texts, and neither byte strings nor tags occur in it.
struct free_object {
  nlohmann::json value; ///< An object; null: there is none.

  bool empty() const noexcept { return value.is_null(); }

  friend bool operator==(const free_object&, const free_object&) = default;
};

/// A value that is carried along and not looked at, as an item of canonical CBOR. JSON has null in
/// its place if it has no form for it: keys that are numbers, say.
struct opaque_value {
  bytes item; ///< Empty: there is none.

  bool empty() const noexcept { return item.empty(); }

  friend bool operator==(const opaque_value&, const opaque_value&) = default;
};

/// Returns what a JSON value is carried as.
opaque_value from_json_value(const nlohmann::json& value);

/// Returns it for JSON, or null.
nlohmann::json to_json_value(const opaque_value& from);

inline constexpr std::size_t max_free_values = 100'000; // of an object, at all depths

/// Reads one from CBOR. Fails `in` with `malformed` for what JSON cannot say, floating-point
/// numbers that are none included; `too_large` over the cap and for integers beyond 64 bits.
void read(cbor_reader& in, free_object& out);

/// Writes it as canonical CBOR; numbers with a fraction or exponent in JSON take 64 bits.
void write(cbor_writer& out, const free_object& from);

} // namespace troth::codec
