#include "shared/crypto/pem_block.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/pem.h>

namespace troth::crypto {

namespace {

constexpr std::size_t max_pem_bytes = std::size_t{16} * 1024 * 1024;

struct freed_by_openssl {
  void operator()(void* memory) const noexcept { OPENSSL_free(memory); }
};

template <class T>
using memory = std::unique_ptr<T, freed_by_openssl>;

} // namespace

result<std::vector<bytes>> read_pem(std::string_view pem, std::string_view label) {
  const openssl::error_queue errors;
  if (pem.size() > max_pem_bytes)
    return error{errc::too_large, "PEM: " + std::to_string(pem.size()) + " bytes"};
  const auto bio = openssl::reading(pem);
  std::vector<bytes> out;
  for (;;) {
    char* block_label = nullptr;
    char* block_header = nullptr;
    unsigned char* block = nullptr;
    long size = 0;
    const auto read = PEM_read_bio(bio.get(), &block_label, &block_header, &block, &size) == 1;
    const memory<char> own_label{block_label};
    const memory<char> own_header{block_header};
    const memory<unsigned char> own_block{block};
    if (!read && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
      break;
    if (!read)
      return error{errc::malformed, "PEM: " + openssl::error_queue::reason()};
    if (label == block_label)
      out.push_back(copy({block, static_cast<std::size_t>(size)}));
  }
  if (out.empty())
    return error{errc::malformed, "PEM: no block " + std::string{label}};
  return out;
}

std::string write_pem(std::string_view label, byte_view der) {
  const openssl::error_queue errors;
  const openssl::memory_bio bio{BIO_new(BIO_s_mem())};
  PEM_write_bio(bio.get(), std::string{label}.c_str(), "", der.data(),
                static_cast<long>(der.size()));
  return openssl::text_of(bio.get());
}

} // namespace troth::crypto
