#include "shared/endorsement/snp_chain.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/certificate_details.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/snp_vek.hpp"

#include <algorithm>
#include <string_view>

namespace troth::endorsement {

namespace {

using evidence::snp::product_line;

constexpr std::string_view root_prefix = "ARK-";
constexpr std::string_view asvk_prefix = "SEV-VLEK-";
constexpr signature_algorithm amd_algorithm{signature_scheme::rsapss, hash_algorithm::sha384};

digest pin(std::string_view digits) {
  return *digest::from(hash_algorithm::sha256, *from_hex(digits));
}

error untrusted(std::string why) {
  return {errc::untrusted, "chain of VEK: " + std::move(why)};
}

} // namespace

std::span<const digest> amd_root_keys() {
  static const std::vector<digest> keys{
    pin("9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"),  // ARK-Milan
    pin("429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"),  // ARK-Genoa
    pin("4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08")}; // ARK-Turin
  return keys;
}

std::vector<crypto::certificate> pinned_roots(std::span<const crypto::certificate> carried,
                                              std::span<const digest> pins) {
  std::vector<crypto::certificate> out;
  for (const auto& one : carried)
    if (std::ranges::find(pins, crypto::hash(hash_algorithm::sha256, one.key().der())) != pins.end()
        && one.is_self_issued() && one.verify_signature(one.key()))
      out.push_back(one);
  return out;
}

std::optional<product_line> product_of_root(const crypto::certificate& root) {
  const auto name = root.subject_common_name();
  if (!name.starts_with(root_prefix))
    return std::nullopt;
  return evidence::snp::product_named(std::string_view{name}.substr(root_prefix.size()));
}

result<std::vector<crypto::certificate>>
verify_vek_chain(const crypto::certificate& vek, std::span<const crypto::certificate> intermediates,
                 std::span<const crypto::certificate> roots, time_point at) {
  constexpr std::size_t length = 3;
  const auto extensions = read_vek_extensions(vek);
  if (!extensions)
    return extensions.error();
  auto path = crypto::verify_chain(vek, intermediates, roots, {at, ""});
  if (!path)
    return path;
  if (path->size() != length)
    return untrusted(std::to_string(path->size()) + " certificates, expected 3");
  if (vek.is_ca())
    return untrusted("the VEK is a CA");
  const auto is_asvk = path->at(1).subject_common_name().starts_with(asvk_prefix);
  if (is_asvk != (extensions->kind() == evidence::snp::signing_key::vlek))
    return untrusted(is_asvk ? "an ASVK issues VLEKs only" : "an ASK issues VCEKs only");
  for (const auto& one : *path)
    if (crypto::details_of(one).signed_with != amd_algorithm)
      return error{errc::weak, "chain of VEK: \"" + one.subject()
                                 + "\" is not signed with RSASSA-PSS and SHA-384"};
  return path;
}

result<void> check_revocation(std::span<const crypto::certificate> path,
                              const crypto::revocation_list& list, time_point at) {
  if (const auto good = list.verify(path.back(), at); !good)
    return good.error();
  const auto& middle = path[path.size() - 2]; // issued by the root, as the list is
  if (list.names(middle))
    return untrusted("\"" + middle.subject() + "\" is revoked");
  return {};
}

} // namespace troth::endorsement
