#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"
#include "shared/files/files.hpp"
#include "shared/report/metadata.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace troth::actors {

/// Who signs the status of manifests.
struct status_signer {
  std::vector<crypto::certificate> chain; ///< Leaf first.
  crypto::private_key key;
};

/// Checks that a signer is one for status, as verifiers will.
/// @returns `conflict` for another key; `malformed` for a CA's certificate, or one whose extended
///          key usage is not OCSPSigning alone; `expired`.
result<void> check_status_signer(const status_signer& signer, time_point now);

/// Answers what OMSP asks: whether signed manifests are still good. What it says stands in a file
/// that an operator keeps, an unsigned OMSP response (`troth-metatool create status`), which is
/// read again when it has changed. What the file does not name is `unknown`. Any thread may call.
class status_responder {
public:
  /// @param lifetime how long an answer holds.
  status_responder(std::filesystem::path file, status_signer signer, std::chrono::seconds lifetime,
                   std::function<time_point()> now)
    : file_(std::move(file)), signer_(std::move(signer)), lifetime_(lifetime),
      now_(std::move(now)) {
    // nop
  }

  /// Answers one request, signed: a JWS for one in JSON, a COSE_Sign for one in CBOR.
  /// @returns as `report::parse_status_request`; as `check`.
  result<bytes> answer(byte_view request);

  /// Reads the file if it has changed. One that cannot be read is no answer: what was known before
  /// may be what somebody meant to withdraw.
  /// @returns `unavailable`, also once the signer's certificate has ended.
  result<void> check();

private:
  result<void> refresh();
  result<report::omsp_response> read() const;
  report::omsp_response respond(const std::vector<std::string>& asked) const;

  std::filesystem::path file_;
  status_signer signer_;
  std::chrono::seconds lifetime_;
  std::function<time_point()> now_;
  std::mutex busy_; // guards what follows
  std::optional<files::stamp> as_read_;
  report::omsp_response known_;
};

} // namespace troth::actors
