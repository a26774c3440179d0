#include "shared/atls/settings.hpp"

#include <algorithm>

namespace troth::atls {

result<void> check(const settings& given, side ours) {
  if (given.attest != mode::none && !given.with)
    return error{errc::missing, "aTLS: an attester, for mode " + std::string{name(given.attest)}};
  if (!given.signer.empty() && !is_attested(opposite(ours), given.attest))
    return error{errc::conflict, "aTLS: in mode " + std::string{name(given.attest)}
                                   + " no peer can be " + given.signer};
  return {};
}

result<void> accept(const settings& with, const appraised& verdict) {
  if (!verdict.is_trusted)
    return error{errc::untrusted, "aTLS: the peer: " + verdict.reason};
  if (with.signer.empty()
      || std::ranges::find(verdict.signers, with.signer) != verdict.signers.end())
    return {};
  std::string got;
  for (const auto& each : verdict.signers)
    got += (got.empty() ? "" : ", ") + each;
  return error{errc::untrusted, "aTLS: the peer: its evidence is signed by "
                                  + (got.empty() ? "nobody certified" : got) + ", expected "
                                  + with.signer};
}

} // namespace troth::atls
