#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/client/http.hpp"
#include "shared/client/rest.hpp"
#include "shared/client/tls_keys.hpp"
#include "shared/report/faces.hpp"
#include "shared/wire/cmc.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace troth::client {

/// What a machine can be told to fetch anew.
enum class renewable : std::uint8_t { certificates, metadata };

/// A report that is asked for.
struct report_order {
  byte_view nonce;
  report::encoding as;
  std::vector<std::string> cached = {}; ///< Digests of metadata to leave out, hex; not over REST.
};

/// What a gateway is asked, over whatever API. Errors are as `rest.hpp` says.
struct gateway {
  std::function<result<challenge>()> request_challenge; ///< None: the API has no challenges.
  std::function<result<bytes>(const report_order&)> request_report;
  std::function<result<bytes>(const appraisal_request& asked, report::face as)> request_appraisal;
  std::function<result<void>(const report::component&)> measure; ///< None: the API has no such.
  std::function<result<void>(renewable)> update;                 ///< None: the API has no such.
  key_calls keys = {};
  /// Returns the digests of the metadata of a peer that its reports may leave out. None: the API
  /// does not tell.
  std::function<result<std::vector<std::string>>(const std::string& peer)> find_cached = {};
};

/// The native API.
gateway over_rest(http_send send);

/// Sends one message of the reference's API, in that encoding, and waits for the response.
using cmc_send = std::function<result<bytes>(wire::cmc::operation which, const bytes& message,
                                             report::encoding as)>;

/// The reference's API. It takes a nonce of the caller's, and neither policies nor roots:
/// `unsupported`.
gateway over_cmc(cmc_send send);

/// @returns the encoding of the result; `unsupported` for what the reference's API cannot be asked.
result<report::encoding> check_for_cmc(const appraisal_request& asked, report::face as);

/// Reads an error as a gateway tells it, `no_challenge: used up`.
/// @param otherwise the code where it tells none.
error told_error(std::string_view text, errc otherwise);

/// The APIs that a gateway can be asked over.
enum class api : std::uint8_t { rest, socket, coap, grpc };

/// Returns the API of a URL: `http`, `https`; `unix`, `tcp`; `coap`, `coaps`; `grpc`, `grpcs`.
/// @returns `malformed`.
result<api> api_of(std::string_view url);

/// Opens a client for the URL of the options.
/// @returns it; what `api_of` and `open_http` return.
result<gateway> open_gateway(const http_options& options);

} // namespace troth::client
