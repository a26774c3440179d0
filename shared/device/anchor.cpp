#include "shared/device/anchor.hpp"

namespace troth::device {

namespace {

error makes_no_keys() {
  return {errc::unsupported, "this anchor makes no TLS keys"};
}

} // namespace

result<report::component> anchor::measure(const report::component&) {
  return error{errc::unsupported, "this anchor keeps no log of containers"};
}

result<key_blob> anchor::make_tls_key(crypto::key_kind) {
  return makes_no_keys();
}

result<signed_certification> anchor::certify_tls_key(const key_blob&, byte_view) {
  return makes_no_keys();
}

result<bytes> anchor::sign(const key_blob&, const digest&) {
  return makes_no_keys();
}

} // namespace troth::device
