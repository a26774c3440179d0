#include "shared/collateral/intel_pck_server.hpp"

#include <string>

namespace troth::collateral {

result<std::vector<bytes>> pck_chain(const item& pck) {
  std::vector<bytes> out;
  for (const auto& pem : {to_text(pck.body), pck.issuers}) {
    const auto read = crypto::certificate::from_pem(pem);
    if (!read)
      return read.error();
    for (const auto& one : *read)
      out.push_back(one.der());
  }
  return out;
}

} // namespace troth::collateral
