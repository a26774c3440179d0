#include "shared/device/esys_nv.hpp"

#include <algorithm>

namespace troth::device::esys {

namespace {

constexpr std::size_t max_nv_bytes = std::size_t{16} * 1024;
constexpr std::size_t nv_step = 512; // every TPM moves that much at once

struct nv_index {
  handle object;
  TPMS_NV_PUBLIC about;

  /// Returns who may do what `by_itself` stands for: who knows the index's own secret, which is
  /// empty, or the owner.
  ESYS_TR whoever(TPMA_NV by_itself) const {
    return (about.attributes & by_itself) != 0 ? object.get() : ESYS_TR_RH_OWNER;
  }
};

result<nv_index> open_index(const connection& at, TPM2_HANDLE index) {
  auto object = open_kept(at, index);
  if (!object)
    return object.error();
  owned<TPM2B_NV_PUBLIC> about;
  owned<TPM2B_NAME> name;
  if (const auto rc = Esys_NV_ReadPublic(at.get(), object->get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                         ESYS_TR_NONE, out_of{about}, out_of{name});
      rc != TSS2_RC_SUCCESS)
    return failed("TPM2_NV_ReadPublic", rc);
  if (about->nvPublic.dataSize > max_nv_bytes)
    return error{errc::too_large, "tpm.nv"};
  return nv_index{*std::move(object), about->nvPublic};
}

result<nv_index> define_index(const connection& at, TPM2_HANDLE index, std::size_t size) {
  TPM2B_NV_PUBLIC form{};
  form.nvPublic.nvIndex = index;
  form.nvPublic.nameAlg = TPM2_ALG_SHA256;
  form.nvPublic.attributes = TPMA_NV_OWNERREAD | TPMA_NV_OWNERWRITE;
  form.nvPublic.dataSize = static_cast<UINT16>(size);
  const TPM2B_AUTH no_secret{};
  ESYS_TR made = ESYS_TR_NONE;
  const auto rc = Esys_NV_DefineSpace(at.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                      ESYS_TR_NONE, &no_secret, &form, &made);
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_NV_DefineSpace", rc);
  return nv_index{handle{at, made, at_end::close}, form.nvPublic};
}

} // namespace

result<bytes> read_nv(const connection& at, std::uint32_t index) {
  const auto from = open_index(at, index);
  if (!from)
    return from.error();
  const std::size_t size = from->about.dataSize;
  bytes out;
  while (out.size() < size) {
    const auto wanted = static_cast<UINT16>(std::min(nv_step, size - out.size()));
    owned<TPM2B_MAX_NV_BUFFER> part;
    const auto rc = Esys_NV_Read(at.get(), from->whoever(TPMA_NV_AUTHREAD), from->object.get(),
                                 ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, wanted,
                                 static_cast<UINT16>(out.size()), out_of{part});
    if (rc != TSS2_RC_SUCCESS)
      return failed("TPM2_NV_Read", rc);
    if (part->size != wanted)
      return error{errc::io, "TPM2_NV_Read: short"};
    out.insert(out.end(), part->buffer, part->buffer + part->size);
  }
  return out;
}

result<void> write_nv(const connection& at, std::uint32_t index, byte_view content) {
  if (content.size() > max_nv_bytes)
    return error{errc::too_large, "tpm.nv"};
  auto to = open_index(at, index);
  if (!to && to.error().code == errc::not_found)
    to = define_index(at, index, content.size());
  if (!to)
    return to.error();
  if (content.size() > to->about.dataSize)
    return error{errc::too_large, "tpm.nv: the index holds less"};
  for (std::size_t done = 0; done < content.size();) {
    const auto part = content.subspan(done, std::min(nv_step, content.size() - done));
    const auto data = to_tpm2b(part, &TPM2B_MAX_NV_BUFFER::buffer, "tpm.nv");
    if (!data)
      return data.error();
    const auto rc = Esys_NV_Write(at.get(), to->whoever(TPMA_NV_AUTHWRITE), to->object.get(),
                                  ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &*data,
                                  static_cast<UINT16>(done));
    if (rc != TSS2_RC_SUCCESS)
      return failed("TPM2_NV_Write", rc);
    done += part.size();
  }
  return {};
}

} // namespace troth::device::esys
