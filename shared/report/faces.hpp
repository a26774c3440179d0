#pragma once

#include "shared/report/ear_result.hpp"
#include "shared/report/ear_token.hpp"
#include "shared/report/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

// The faces of the one result object, by media type.

namespace troth::report {

enum class face : std::uint8_t { json = 1, cbor, html, ear_jwt, ear_cwt };

struct face_type {
  std::string_view media_type;
  face is;
};

/// All faces, the one to prefer first. @see RFC 9782 for the tokens'
inline constexpr std::array face_types = {
  face_type{"application/json", face::json},
  face_type{"application/cbor", face::cbor},
  face_type{"application/eat+jwt", face::ear_jwt},
  face_type{"application/eat+cwt", face::ear_cwt},
  face_type{"text/html", face::html},
};

/// Returns the face of a media type without parameters, in lower case; the spellings of the EAR
/// draft, `application/eat-jwt` and `application/eat-cwt`, count too. Nothing for any other.
std::optional<face> face_of(std::string_view media_type) noexcept;

std::string_view media_type(face of) noexcept;

/// Who signs tokens, and what they say besides the result.
struct ear_issuer {
  ear_signing_key key;
  ear_options options;
};

/// Writes a result under one of its faces.
/// @param issuer for the tokens only; null: there are none.
/// @returns the text or bytes; `unsupported` for a token without an issuer; what `make_ear` and
///          `sign_ear` return.
result<bytes> write_face(const attestation_result& value, face as, const ear_issuer* issuer);

} // namespace troth::report
