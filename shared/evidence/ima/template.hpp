#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace troth::evidence::ima {

/// The templates whose fields we know.
/// @see Linux, Documentation/security/IMA-templates.rst
enum class template_kind : std::uint8_t {
  unknown,
  ima,
  ima_ng,
  ima_sig,
  ima_buf,
  ima_modsig,
  ima_ngv2,
  ima_sigv2,
};

/// Returns `unknown` for every other name.
template_kind template_kind_of(std::string_view name) noexcept;

/// A digest as a template carries it, with the name of its hash function.
struct named_digest {
  byte_view algorithm_name;                ///< As the kernel writes it, e.g. `sha256`, `sm3`.
  std::optional<hash_algorithm> algorithm; ///< Nothing for a hash function we do not know.
  byte_view value;
  bool is_verity = false; ///< The digest of fs-verity, not of the file's content.
};

/// What an entry says. All views are into the template data that was parsed, but for
/// the name of the only hash function of `ima`.
struct template_fields {
  template_kind kind = template_kind::unknown;
  named_digest file_digest;
  byte_view path;             ///< Or the name of a buffer. Without NUL; any other byte may occur.
  byte_view signature;        ///< The file's security.ima; empty: none.
  named_digest module_digest; ///< `ima_modsig` only: what the appended signature is over.
  byte_view module_signature; ///< `ima_modsig` only: PKCS#7; empty: none.
  byte_view buffer;           ///< `ima_buf` only: what `file_digest` is the hash of.
};

inline constexpr std::size_t max_template_data = std::size_t{64} * 1024;

/// Parses the data of one entry: what its template hash is over. For `ima` that is the digest
/// and the path, padded with zeros to 256 bytes; for the others the fields, each behind its
/// length.
///
/// @returns the fields, of an unknown template none at all; `truncated`, `trailing`,
///          `too_large` above 64 KiB; `malformed` for a digest that is not of its algorithm's
///          size and for a path with a NUL in it or none behind it.
/// @note Compares no hash: neither with the entry's template hash nor of a buffer.
result<template_fields> parse_template(std::string_view name, byte_view data);

} // namespace troth::evidence::ima
