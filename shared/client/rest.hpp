#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/client/http.hpp"
#include "shared/report/faces.hpp"

#include <optional>
#include <string>

// What a gateway is asked over REST, and how its answers read.

namespace troth::client {

struct challenge {
  std::string id;
  bytes nonce;
  std::string expires; ///< RFC 3339, as the gateway wrote it.
};

/// What a gateway is to appraise. Exactly one of `challenge_id` and `nonce` is there.
struct appraisal_request {
  byte_view report;
  std::optional<std::string> challenge_id;
  std::optional<bytes> nonce;
  std::string policy;    ///< Empty: the gateway's own choice.
  std::string roots;     ///< PEM; empty: the gateway's own.
  std::string time;      ///< RFC 3339; empty: now.
  std::string peer = {}; ///< Whose metadata may be left out and is kept; empty: nobody's.
};

// Each of these returns, besides what it names: what `send` returns; the gateway's own error,
// by its code; `io` for an answer that is not of the form agreed on.

/// Sends what must succeed with `status` and answer in the type asked for.
result<bytes> exchange_rest(const http_send& send, const http_request& asked, unsigned status);

/// Asks for a nonce that is good for one appraisal.
result<challenge> request_challenge(const http_send& send);

/// Asks for a report that answers `nonce`.
result<bytes> request_report(const http_send& send, byte_view nonce, report::encoding as);

/// Asks for the appraisal of a report.
/// @returns the attestation result under the face asked for, whatever its verdict.
result<bytes> request_appraisal(const http_send& send, const appraisal_request& asked,
                                report::face as);

} // namespace troth::client
