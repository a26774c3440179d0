#include "actors/anchor_keys.hpp"

#include "actors/tls_key_values.hpp"

#include <utility>

namespace troth::actors {

namespace {

device::key_blob blob_of_key(const protocol::anchor_key& key) {
  return {protocol::to_bytes(key.public_area), protocol::to_bytes(key.private_area)};
}

/// Asks the anchors one after the other until one does not say that it cannot.
template <class T, class Use>
result<T> ask_first(const anchor_list& anchors, Use use) {
  result<T> out = error{errc::unsupported, "driver: no anchor"};
  for (const auto& anchor : anchors) {
    out = use(*anchor);
    if (out || out.error().code != errc::unsupported)
      break;
  }
  return out;
}

} // namespace

result<protocol::anchor_key> make_anchor_key(const anchor_list& anchors,
                                             const std::string& algorithm) {
  const auto kind = read_tls_algorithm(algorithm);
  if (!kind)
    return kind.error();
  const auto made = ask_first<device::key_blob>(anchors, [&](device::anchor& anchor) {
    return anchor.make_tls_key(*kind);
  });
  if (!made)
    return made.error();
  return protocol::anchor_key{protocol::to_blob(made->public_area),
                              protocol::to_blob(made->private_area)};
}

result<protocol::key_certification> certify_anchor_key(const anchor_list& anchors,
                                                       const protocol::anchor_key& key,
                                                       const protocol::blob& nonce) {
  const auto said = ask_first<device::signed_certification>(anchors, [&](device::anchor& anchor) {
    return anchor.certify_tls_key(blob_of_key(key), protocol::to_bytes(nonce));
  });
  if (!said)
    return said.error();
  return protocol::key_certification{protocol::to_blob(said->attest),
                                     protocol::to_blob(said->signature)};
}

result<protocol::blob> sign_with_anchor_key(const anchor_list& anchors,
                                            const protocol::anchor_key& key,
                                            const std::string& hash, const protocol::blob& digest) {
  const auto of = read_tls_digest(hash, digest);
  if (!of)
    return of.error();
  const auto signature = ask_first<bytes>(anchors, [&](device::anchor& anchor) {
    return anchor.sign(blob_of_key(key), *of);
  });
  if (!signature)
    return signature.error();
  return protocol::to_blob(*signature);
}

} // namespace troth::actors
