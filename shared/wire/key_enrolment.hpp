#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/messages.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// Enrolment of TLS keys by HTTPS, as the reference has it: bodies of several parts, in this order.
// What is ours: the query names the challenge that they answer.

namespace troth::wire {

enum class key_place : std::uint8_t { in_file, in_tpm };

/// The query of an enrolment, `challenge=ID`: the ID of a challenge.
/// @returns `missing`, `malformed`.
result<std::string> read_challenge_query(std::string_view query);

/// Reads an enrolment. Of a key in a file: CSR, report. Of one in a TPM: CSR, public area of the
/// key, its creation data, what the TPM says of it and the signature of that, the public area of
/// the attestation key, report; of these, the creation data and the attestation key count for
/// nothing: the latter is that of the report.
///
/// @param content_type of the body.
/// @returns as `parse_multipart`; `malformed` for another number of parts or other types of theirs
///          than `application/pkcs10` of the CSR and `application/octet-stream`.
result<protocol::key_enrol_request> read_key_enrolment(key_place place, std::string challenge_id,
                                                       std::string_view content_type,
                                                       std::string_view body);

/// Returns the most that such a body may take.
/// @param max_report_bytes of the report in it.
std::size_t max_key_enrolment_bytes(std::size_t max_report_bytes) noexcept;

/// Writes base64 in lines of 76 characters, for clients that are older than RFC 8951.
std::string write_base64_lines(byte_view content);

} // namespace troth::wire
