#pragma once

#include "services/gateway/operations.hpp"
#include "shared/wire/cmc.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace troth::services {

/// Returns how large the body of a request to the reference's API can be, in either encoding.
std::size_t max_cmc_bytes(wire::cmc::operation which, std::size_t max_report_bytes) noexcept;

/// @returns `forbidden`, as `check_access` of the action behind it.
result<void> check_access(const caller& who, wire::cmc::operation which);

// The operations of the reference's API, as typed messages: what gRPC calls.

/// @param as the encoding of the report.
void attest(const operations& on, const origin& from, wire::cmc::attestation_request asked,
            report::encoding as, operations::answer<wire::cmc::attestation_response> then);

/// The caller answers for the nonce's freshness.
/// @param as the encoding of the result.
/// @returns besides: `forbidden` for policies of the caller's.
void verify(const operations& on, const origin& from, wire::cmc::verification_request asked,
            report::encoding as, operations::answer<wire::cmc::verification_response> then);

/// Nobody's metadata is kept here, so that every report must bring its own.
void peer_cache(const operations& on, const origin& from, wire::cmc::peer_cache_request asked,
                operations::answer<wire::cmc::peer_cache_response> then);

/// Has a container measured. @returns besides: `missing`, `malformed`, `conflict` for an event that
/// is none.
void measure(const operations& on, const origin& from, const wire::cmc::measure_request& asked,
             operations::answer<wire::cmc::measure_response> then);

/// Makes a TLS key. One of an SNP guest is one in a file, which the report vouches for.
/// @returns besides: what `cmc::check` says.
void tls_create(const operations& on, const origin& from, wire::cmc::tls_create_request asked,
                operations::answer<wire::cmc::tls_create_response> then);

/// Signs a digest.
void tls_sign(const operations& on, const origin& from, wire::cmc::tls_sign_request asked,
              operations::answer<wire::cmc::tls_sign_response> then);

void tls_cert(const operations& on, const origin& from, wire::cmc::tls_cert_request asked,
              operations::answer<wire::cmc::tls_cert_response> then);

/// Has metadata or certificates fetched.
/// @param which `update_certs` or `update_metadata`.
void update(const operations& on, const origin& from, wire::cmc::operation which,
            operations::answer<wire::cmc::update_response> then);

/// Answers one message, in the encoding that it came in.
/// @returns what the operations return, and what is wrong with the body.
void answer_cmc(const operations& on, const origin& from, wire::cmc::operation which,
                const std::string& body, report::encoding as, operations::answer<bytes> then);

} // namespace troth::services
