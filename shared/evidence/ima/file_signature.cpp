#include "shared/evidence/ima/file_signature.hpp"

#include "shared/base/reader.hpp"

namespace troth::evidence::ima {

result<file_signature> parse_file_signature(byte_view field) {
  constexpr std::uint8_t digital_signature = 3; // IMA_XATTR_DIGSIG
  constexpr std::uint8_t verity_signature = 6;  // IMA_VERITY_DIGSIG
  reader in{field, "ima.signature"};
  file_signature out{};
  out.type = in.u8("type");
  in.require(out.type == digital_signature || out.type == verity_signature, errc::unsupported,
             "type");
  out.version = in.u8("version");
  in.require(out.version == 2 || out.version == 3, errc::unsupported, "version");
  out.hash_id = in.u8("hash_id");
  out.key_id = in.take(4, "key_id");
  out.declared_size = in.u16be("size");
  out.value = in.take(in.remaining(), "value");
  return in.finish(out);
}

} // namespace troth::evidence::ima
