#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/json.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace troth::appraisal {

/// What the owner of a verifier demands of SNP guests, beyond what their manifests do. The
/// defaults refuse: a field of the report that a guest need not use must be zero, until values
/// for it are named here.
struct snp_expectations {
  std::set<std::uint32_t> vmpls = {0};
  std::uint32_t minimum_guest_svn = 0;
  std::vector<bytes> host_data;               ///< 32 bytes each.
  std::vector<bytes> id_key_digests;          ///< 48 bytes each.
  std::vector<bytes> author_key_digests;      ///< 48 bytes each.
  std::vector<bytes> family_ids;              ///< 16 bytes each.
  std::vector<bytes> image_ids;               ///< 16 bytes each.
  std::set<std::string, std::less<>> csp_ids; ///< Whose VLEKs count; empty: nobody's.
  std::uint64_t platform_required = 0;        ///< Bits of PLATFORM_INFO that must be set.
  std::uint64_t platform_forbidden = 0;       ///< Bits that must not be.
  bool accept_debug = false;                  ///< Where the manifest wants a guest to be debugged.
  bool accept_cxl = false;                    ///< Guests that may be put into CXL memory.
};

/// Reads them from the object that a policy has as its member `snp`.
/// @returns `malformed`, `unknown_key`.
result<snp_expectations> read_snp_expectations(const nlohmann::json& object);

} // namespace troth::appraisal
