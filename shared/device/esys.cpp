#include "shared/device/esys.hpp"

#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

namespace troth::device::esys {

namespace {

constexpr TSS2_RC format_one_kind = TPM2_RC_FMT1 | 0x3F; // without number of parameter or session

bool is_from_tpm(TSS2_RC rc) noexcept {
  return (rc & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER;
}

/// Returns whether the TPM, or a resource manager in its place, has no room for one more object or
/// session.
bool lacks_room(TSS2_RC rc) noexcept {
  const auto layer = rc & TSS2_RC_LAYER_MASK;
  if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER)
    return false;
  switch (rc & ~TSS2_RC_LAYER_MASK) {
  case TPM2_RC_OBJECT_MEMORY:
  case TPM2_RC_SESSION_MEMORY:
  case TPM2_RC_MEMORY:
  case TPM2_RC_OBJECT_HANDLES:
  case TPM2_RC_SESSION_HANDLES:
    return true;
  default:
    return false;
  }
}

} // namespace

error failed(std::string_view command, TSS2_RC rc) {
  const bool unknown_handle = is_from_tpm(rc) && (rc & format_one_kind) == TPM2_RC_HANDLE;
  const auto code = unknown_handle ? errc::not_found : lacks_room(rc) ? errc::exhausted : errc::io;
  return {code, std::string{command} + ": " + Tss2_RC_Decode(rc)};
}

error refused(std::string_view command, TSS2_RC rc) {
  auto why = failed(command, rc);
  if (why.code != errc::exhausted)
    why.code = blames_parameter(rc) ? errc::conflict : errc::io;
  return why;
}

bool blames_parameter(TSS2_RC rc) noexcept {
  return is_from_tpm(rc) && (rc & TPM2_RC_FMT1) != 0 && (rc & TPM2_RC_P) != 0;
}

result<std::unique_ptr<connection>> connection::open(const std::string& tcti) {
  std::unique_ptr<connection> out{new connection};
  if (const auto rc = Tss2_TctiLdr_Initialize(tcti.c_str(), &out->tcti_); rc != TSS2_RC_SUCCESS)
    return error{errc::io, failed("tpm " + tcti, rc).where};
  if (const auto rc = Esys_Initialize(&out->esys_, out->tcti_, nullptr); rc != TSS2_RC_SUCCESS)
    return error{errc::io, failed("tpm " + tcti, rc).where};
  // Behind a resource manager these are only our own, and there are none. Without one we are the
  // TPM's only user, and what is loaded was left by one that did not end well.
  out->flush_range(TPM2_TRANSIENT_FIRST);
  out->flush_range(TPM2_LOADED_SESSION_FIRST);
  return out;
}

connection::~connection() {
  if (esys_)
    Esys_Finalize(&esys_);
  if (tcti_)
    Tss2_TctiLdr_Finalize(&tcti_);
}

void connection::flush_range(TPM2_HANDLE first) const {
  owned<TPMS_CAPABILITY_DATA> found;
  TPMI_YES_NO more = TPM2_NO;
  if (Esys_GetCapability(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first,
                         TPM2_MAX_CAP_HANDLES, &more, out_of{found})
      != TSS2_RC_SUCCESS)
    return;
  const auto& left = found->data.handles;
  for (UINT32 i = 0; i < left.count; ++i) {
    ESYS_TR object = ESYS_TR_NONE;
    if (Esys_TR_FromTPMPublic(esys_, left.handle[i], ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              &object)
        == TSS2_RC_SUCCESS)
      Esys_FlushContext(esys_, object);
  }
}

handle::~handle() {
  if (value_ == ESYS_TR_NONE)
    return;
  if (end_ == at_end::flush)
    Esys_FlushContext(owner_->get(), value_);
  else
    Esys_TR_Close(owner_->get(), &value_);
}

result<bytes> marshal_signature(const TPMT_SIGNATURE& from) {
  bytes out(sizeof(TPMT_SIGNATURE));
  std::size_t end = 0;
  if (const auto rc = Tss2_MU_TPMT_SIGNATURE_Marshal(&from, out.data(), out.size(), &end);
      rc != TSS2_RC_SUCCESS)
    return failed("marshal TPMT_SIGNATURE", rc);
  out.resize(end);
  return out;
}

result<handle> open_kept(const connection& at, TPM2_HANDLE index) {
  ESYS_TR object = ESYS_TR_NONE;
  const auto rc = Esys_TR_FromTPMPublic(at.get(), index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                        &object);
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_ReadPublic", rc);
  return handle{at, object, at_end::close};
}

} // namespace troth::device::esys
