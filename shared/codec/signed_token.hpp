#pragma once

#include "shared/codec/signed_message.hpp"

#include <string>

namespace troth::codec {

/// A JWT or a CWT that one key signed, as it was carried. Nothing of it is verified.
struct signed_token {
  bytes payload;             ///< The claims, encoded.
  signature_entry signature; ///< Without certificates: who signs tokens is known by key.
  std::string key_id;        ///< A hint which key that is; empty if there is none.
  std::string type;          ///< Of the token (`typ`) or the payload (content type); may be empty.
};

/// What is written around claims besides the signature.
struct token_header {
  std::string key_id; ///< Empty: none is written.
  std::string type;   ///< As in `signed_token`.
};

} // namespace troth::codec
