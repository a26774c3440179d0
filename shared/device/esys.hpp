#pragma once

// What the back end over tpm2-tss shares among its files. Not for other rooms.

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <tss2/tss2_esys.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace troth::device::esys {

/// Says what `rc` means: `TPM2_Quote: tpm:handle(1):the handle is not correct for the use`.
/// @returns `not_found` for a handle that the TPM does not have; `exhausted` if it has no room for
///          one more; else `io`.
error failed(std::string_view command, TSS2_RC rc);

/// The same, but `conflict` if the TPM blames a parameter.
error refused(std::string_view command, TSS2_RC rc);

/// Returns whether the TPM blames a parameter: what it was given was made by or for another, or
/// was changed. Refused authorisation and a lost TPM are not that.
bool blames_parameter(TSS2_RC rc) noexcept;

/// A connection to a TPM. Not movable: handles point to it.
class connection {
public:
  /// Connects, and flushes what an earlier user left loaded.
  /// @param tcti a TCTI and its configuration, e.g. `device:/dev/tpmrm0`.
  /// @returns `io`.
  static result<std::unique_ptr<connection>> open(const std::string& tcti);

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  ESYS_CONTEXT* get() const noexcept { return esys_; }

private:
  connection() = default;
  void flush_range(TPM2_HANDLE first) const;

  TSS2_TCTI_CONTEXT* tcti_ = nullptr;
  ESYS_CONTEXT* esys_ = nullptr;
};

/// What to do with a handle that is no longer needed.
enum class at_end {
  flush, ///< A transient object or session: it takes one of few slots in the TPM.
  close, ///< A persistent object or NV index: only our side forgets it.
};

/// One handle. Ends as `at_end` says.
class handle {
public:
  handle(const connection& owner, ESYS_TR value, at_end end) noexcept
    : owner_(&owner), value_(value), end_(end) {
    // nop
  }
  handle(handle&& other) noexcept
    : owner_(other.owner_), value_(std::exchange(other.value_, ESYS_TR_NONE)), end_(other.end_) {
    // nop
  }
  handle& operator=(handle&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(value_, other.value_);
    std::swap(end_, other.end_);
    return *this;
  }
  ~handle();

  ESYS_TR get() const noexcept { return value_; }

private:
  const connection* owner_;
  ESYS_TR value_;
  at_end end_;
};

struct release {
  void operator()(void* memory) const noexcept { Esys_Free(memory); }
};

/// Memory that ESYS allocated.
template <class T>
using owned = std::unique_ptr<T, release>;

/// Gives ESYS a place to put such memory: `f(..., out_of(value))`.
template <class T>
class out_of {
public:
  explicit out_of(owned<T>& into) noexcept : into_(into) {
    // nop
  }
  out_of(const out_of&) = delete;
  out_of& operator=(const out_of&) = delete;
  ~out_of() { into_.reset(raw_); }

  operator T**() noexcept { return &raw_; }

private:
  owned<T>& into_;
  T* raw_ = nullptr;
};

/// Returns a TPM2B of type `T` that holds `from` in its member `buffer`.
/// @returns `too_large`.
template <class T, std::size_t Size>
result<T> to_tpm2b(byte_view from, BYTE (T::*buffer)[Size], std::string_view field) {
  if (from.size() > Size)
    return error{errc::too_large, std::string{field}};
  T out{};
  out.size = static_cast<UINT16>(from.size());
  std::copy(from.begin(), from.end(), std::begin(out.*buffer));
  return out;
}

/// Returns a TPMT_SIGNATURE, marshalled.
result<bytes> marshal_signature(const TPMT_SIGNATURE& from);

/// Opens an object that the TPM keeps: persistent key, NV index.
/// @returns `not_found`, `io`.
result<handle> open_kept(const connection& at, TPM2_HANDLE index);

} // namespace troth::device::esys
