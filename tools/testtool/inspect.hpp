#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/evidence/azure/runtime_data.hpp"
#include "shared/evidence/sgx/quote.hpp"
#include "shared/evidence/snp/certificate_table.hpp"
#include "shared/evidence/snp/report.hpp"
#include "shared/evidence/tdx/quote.hpp"
#include "tools/terminal/sheet.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// Shows evidence and what belongs to it. Nothing of it is verified, and each sheet says so.

namespace troth::testtool {

struct inspect_options {
  terminal::screen to = terminal::screen::plain;
  std::size_t width = 100;
};

/// Shows an SNP report, a host's table of certificates, an SGX or TDX quote, an HCL report of a
/// machine on Azure, an event log, TCB info, the identity of an enclave of Intel's, certificates
/// (DER or PEM) or a revocation list (DER or PEM). What it is, its first bytes say.
///
/// @returns lines for people; what the parser of that kind returns; `unsupported` for bytes of
///          no kind that we know.
result<std::string> inspect(byte_view input, const inspect_options& options);

// The parts of `inspect`.
void show(terminal::sheet& out, const evidence::snp::attestation_report& what);
void show(terminal::sheet& out, const evidence::sgx::quote& what);
void show(terminal::sheet& out, const evidence::tdx::quote& what);
void show(terminal::sheet& out, const endorsement::intel::pck_extension& what);
void show(terminal::sheet& out, const crypto::certificate& what);
void show(terminal::sheet& out, const crypto::revocation_list& what);

/// Shows an HCL report. @returns as `inspect`.
result<void> show_hcl_report(terminal::sheet& out, byte_view input);

/// Whether bytes are an event log: of a TPM, or of a confidential VM (CCEL).
bool is_event_log(byte_view input);

/// Shows an event log. @returns as `inspect`.
result<void> show_event_log(terminal::sheet& out, byte_view input);

/// Shows a statement that Intel signed. @returns as `inspect`.
result<void> show_statement(terminal::sheet& out, std::string_view json);

} // namespace troth::testtool
