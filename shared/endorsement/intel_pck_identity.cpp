#include "shared/endorsement/intel_pck_identity.hpp"

#include "shared/base/hex.hpp"
#include "shared/base/reader.hpp"

#include <algorithm>
#include <string>

namespace troth::endorsement::intel {

namespace {

using evidence::sgx::certification_type;

constexpr std::size_t plain_ppid_bytes = 16;
constexpr std::size_t rsa2048_bytes = 256;
constexpr std::size_t rsa3072_bytes = 384;
constexpr std::size_t pce_id_bytes = 2; // some quotes end before it

error other_than_named(std::string_view what, const std::string& got, const std::string& expected) {
  return {errc::conflict,
          "PCK certificate: " + std::string{what} + " " + got + ", the quote names " + expected};
}

} // namespace

bool names_pck(const evidence::sgx::signature_data& by) {
  return by.type == certification_type::ppid_plain || by.type == certification_type::ppid_rsa2048
         || by.type == certification_type::ppid_rsa3072;
}

result<pck_identity> pck_identity_of(const evidence::sgx::quote_header& header,
                                     const evidence::sgx::signature_data& by) {
  if (!names_pck(by))
    return error{errc::missing, "certification data: no PPID"};
  reader in{by.certification_data, "certification_data"};
  pck_identity out;
  if (by.type == certification_type::ppid_plain) {
    const auto ppid = in.take(plain_ppid_bytes, "ppid");
    std::ranges::copy(ppid, out.ppid.emplace().begin());
  } else {
    out.encrypted_ppid = copy(
      in.take(by.type == certification_type::ppid_rsa2048 ? rsa2048_bytes : rsa3072_bytes, "ppid"));
  }
  std::ranges::copy(in.take(out.cpu_svn.size(), "cpu_svn"), out.cpu_svn.begin());
  out.pce_svn = in.u16le("pce_svn");
  if (in.ok() && in.remaining() != 0)
    std::ranges::copy(in.take(pce_id_bytes, "pce_id"), out.pce_id.emplace().begin());
  std::ranges::copy(byte_view{header.user_data}.first(out.qe_id.size()), out.qe_id.begin());
  return in.finish(std::move(out));
}

result<void> check_is_named(const pck_extension& pck, const pck_identity& by) {
  if (by.ppid && *by.ppid != pck.ppid)
    return other_than_named("PPID", hex(pck.ppid), hex(*by.ppid));
  if (by.cpu_svn != pck.tcb.cpu_svn)
    return other_than_named("CPUSVN", hex(pck.tcb.cpu_svn), hex(by.cpu_svn));
  if (by.pce_svn != pck.tcb.pce_svn)
    return other_than_named("PCESVN", std::to_string(pck.tcb.pce_svn), std::to_string(by.pce_svn));
  if (by.pce_id && *by.pce_id != pck.pce_id)
    return other_than_named("PCE-ID", hex(pck.pce_id), hex(*by.pce_id));
  return {};
}

} // namespace troth::endorsement::intel
