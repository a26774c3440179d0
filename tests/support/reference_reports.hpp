#pragma once

#include "shared/report/report.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

// Whole reports that the reference made, each in a folder of its own below `cmc-reports`, with the
// nonce it was asked to appraise it for, and the result it came to.

namespace troth::testing {

/// Names of folders; an extension that is the encoding's.
struct reference_report {
  std::string folder;
  std::string extension; ///< `json` or `cbor`.

  report::encoding as() const {
    return extension == "json" ? report::encoding::json : report::encoding::cbor;
  }

  std::string path(const std::string& name) const { return "cmc-reports/" + folder + "/" + name; }

  bytes read(const std::string& name) const {
    auto out = read_vector(path(name));
    REQUIRE_MESSAGE(out.has_value(), path(name));
    return *std::move(out);
  }

  bytes report() const { return read("attestation-report." + extension); }
  bytes nonce() const { return read("nonce." + extension); }
  nlohmann::json result() const { return nlohmann::json::parse(read("attestation-result.json")); }

  /// Whether the reference affirmed it.
  bool is_good() const { return result().at("summary").at("status") == "success"; }
};

/// Returns all that there are, by name; none where there are no vectors.
inline std::vector<reference_report> reference_reports() {
  std::vector<reference_report> out;
  const auto top = vectors_folder();
  std::error_code ignored;
  if (!top || !std::filesystem::is_directory(*top / "cmc-reports", ignored))
    return out;
  for (const auto& each : std::filesystem::directory_iterator{*top / "cmc-reports"})
    for (const auto* const extension : {"json", "cbor"})
      if (std::filesystem::exists(each.path() / (std::string{"attestation-report."} + extension)))
        out.push_back({each.path().filename().string(), extension});
  std::ranges::sort(out, {}, &reference_report::folder);
  return out;
}

} // namespace troth::testing
