#include "shared/report/faces.hpp"

#include "shared/report/html.hpp"

#include <algorithm>

namespace troth::report {

namespace {

result<bytes> write_token(const attestation_result& value, encoding as, const ear_issuer* issuer) {
  if (issuer == nullptr)
    return error{errc::unsupported, "ear: no signing key is configured"};
  const auto claims = make_ear(value, issuer->options);
  if (!claims)
    return claims.error();
  return sign_ear(*claims, as, issuer->key);
}

} // namespace

std::optional<face> face_of(std::string_view media_type) noexcept {
  if (media_type == "application/eat-jwt")
    return face::ear_jwt;
  if (media_type == "application/eat-cwt")
    return face::ear_cwt;
  const auto* const at = std::ranges::find(face_types, media_type, &face_type::media_type);
  return at != face_types.end() ? std::optional{at->is} : std::nullopt;
}

std::string_view media_type(face of) noexcept {
  return std::ranges::find(face_types, of, &face_type::is)->media_type;
}

result<bytes> write_face(const attestation_result& value, face as, const ear_issuer* issuer) {
  switch (as) {
  case face::json:
    return write_result(value, encoding::json);
  case face::cbor:
    return write_result(value, encoding::cbor);
  case face::html:
    return to_bytes(write_html(value));
  case face::ear_jwt:
    return write_token(value, encoding::json, issuer);
  case face::ear_cwt:
    return write_token(value, encoding::cbor, issuer);
  }
  return error{errc::internal, "face"};
}

} // namespace troth::report
