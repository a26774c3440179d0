#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troth::atls {

/// A report of the peer that is to be judged.
struct appraisal_order {
  bytes report;
  bytes nonce;         ///< 32 bytes, of this connection and of this side of it alone.
  std::string peer;    ///< SHA-256 of its certificate in hex; empty: it showed none.
  std::string address; ///< `ADDRESS:PORT`, for the result.
  bytes policies;      ///< As the connection's settings have them: what the attester takes.
};

/// What became of it.
struct appraised {
  bool is_trusted = false;
  bytes result; ///< The attestation result.
  report::encoding encoded_as = report::encoding::json;
  std::string reason; ///< Why it is not trusted, in short, for the log and for the peer.
  /// Names in the certificates of the keys that signed its evidence, where they proved good.
  std::vector<std::string> signers;
};

/// Makes our reports and judges those of peers: through a gateway, or in this process.
///
/// Each function returns soon and gives its answer once, on any thread, before it returns too. What
/// takes its time it does elsewhere.
class attester {
public:
  template <class T>
  using answer = std::function<void(result<T>)>;

  attester() = default;
  attester(const attester&) = delete;
  attester& operator=(const attester&) = delete;
  virtual ~attester() = default;

  /// Asks which items of a peer's metadata are here, so that it may leave them out.
  virtual void find_cached(const std::string& peer, answer<std::vector<std::string>> then) = 0;

  /// Asks for our report.
  /// @param nonce 32 bytes.
  /// @param cached hex digests of our metadata that the peer has.
  virtual void
  attest(const bytes& nonce, const std::vector<std::string>& cached, answer<bytes> then)
    = 0;

  /// Asks whether a peer is to be trusted.
  virtual void appraise(const appraisal_order& asked, answer<appraised> then) = 0;
};

} // namespace troth::atls
