#include "shared/collateral/amd_key_server.hpp"

#include <optional>

namespace troth::collateral {

result<std::vector<bytes>> vcek_chain_for(const evidence::snp::attestation_report& report,
                                          depot& from) {
  using evidence::snp::signing_key;
  if (!report.is_signed_by(signing_key::vcek))
    return error{errc::unsupported, "key server: it hands out VCEKs only"};
  const auto line = product_of(report);
  if (!line)
    return error{errc::unsupported, "key server: the report names no processor that we know"};
  const auto vcek = from.get(vcek_name(report, *line));
  if (!vcek)
    return vcek.error();
  const auto rest = from.get(authorities_name(*line, signing_key::vcek));
  if (!rest)
    return rest.error();
  return vcek_chain(**vcek, **rest);
}

result<std::vector<bytes>> vcek_chain(const item& vcek, const item& authorities) {
  const auto rest = certificates_of(authorities);
  if (!rest)
    return rest.error();
  std::vector<bytes> out{vcek.body};
  for (const auto& one : *rest)
    out.push_back(one.der());
  return out;
}

} // namespace troth::collateral
