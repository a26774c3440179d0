#include "shared/crypto/certificate_file.hpp"

#include <algorithm>
#include <string_view>

namespace troth::crypto {

result<certificate> read_certificate_file(byte_view content) {
  constexpr std::string_view pem_begin = "-----BEGIN";
  const auto head = content.first(std::min(content.size(), pem_begin.size()));
  if (!std::ranges::equal(head, pem_begin))
    return certificate::from_der(content);
  auto read = certificate::from_pem(to_text(content));
  if (!read)
    return read.error();
  return read->front();
}

} // namespace troth::crypto
