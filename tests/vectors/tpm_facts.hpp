#pragma once

#include "shared/crypto/certificate.hpp"
#include "shared/evidence/tpm/certification.hpp"
#include "shared/evidence/tpm/quote.hpp"
#include "tests/vectors/case.hpp"

#include <optional>
#include <string>

namespace troth::testing {

json attest_facts(const evidence::tpm::quote& of);
json attest_facts(const evidence::tpm::certification& of);

/// Adds `ak_public` and `certified_key` where the case has such files.
void add_public_areas(const vector_case& given, json& facts);

/// Reads the first certificate of a file, DER or PEM.
std::optional<crypto::certificate> read_certificate(const bytes& file);
json certificate_facts(const crypto::certificate& of);

std::string scheme_name(signature_scheme scheme);
std::string key_type_name(crypto::key_kind kind);

} // namespace troth::testing
