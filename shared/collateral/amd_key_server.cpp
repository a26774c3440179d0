#include "shared/collateral/amd_key_server.hpp"

#include <optional>

namespace troth::collateral {

result<std::vector<bytes>> vcek_chain_for(const evidence::snp::attestation_report& report,
                                          depot& from) {
  using evidence::snp::signing_key;
  if (!report.is_signed_by(signing_key::vcek))
    return error{errc::unsupported, "key server: it hands out VCEKs only"};
  const auto line = report.processor
                      ? evidence::snp::product_of(report.processor->family, report.processor->model)
                      : std::nullopt;
  if (!line)
    return error{errc::unsupported, "key server: the report names no processor that we know"};
  const auto vcek = from.get(vcek_name(report, *line));
  if (!vcek)
    return vcek.error();
  const auto rest = from.get(authorities_name(*line, signing_key::vcek));
  if (!rest)
    return rest.error();
  const auto authorities = certificates_of(**rest);
  if (!authorities)
    return authorities.error();
  std::vector<bytes> out{(*vcek)->body};
  for (const auto& one : *authorities)
    out.push_back(one.der());
  return out;
}

} // namespace troth::collateral
