#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <functional>
#include <vector>

namespace troth::codec {

/// One signature on a message, as it was carried. Nothing of it is verified.
struct signature_entry {
  signature_algorithm algorithm;   ///< From the protected header.
  std::vector<bytes> certificates; ///< DER, leaf first; empty: none were carried.
  bytes signed_bytes;              ///< What `signature` is over: JWS signing input, Sig_structure.
  bytes signature;                 ///< ECDSA: r and s, each of the curve's size, big-endian.
};

/// A JWS or a COSE_Sign: a payload and who signed it.
struct signed_message {
  bytes payload;
  std::vector<signature_entry> signatures; ///< One at least.
};

/// What one signer adds when a message is made.
struct signer {
  signature_algorithm algorithm;
  std::vector<bytes> certificates;                           ///< DER, leaf first; may be empty.
  std::function<result<bytes>(byte_view signed_bytes)> sign; ///< Encoded as in `signature_entry`.
};

} // namespace troth::codec
