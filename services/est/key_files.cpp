#include "services/est/key_files.hpp"

#include "shared/files/files.hpp"

namespace troth::services {

namespace {

constexpr std::size_t max_pem_bytes = std::size_t{4} * 1024 * 1024;

} // namespace

result<std::vector<crypto::certificate>> load_certificates(const std::string& file) {
  const auto pem = files::read(file, max_pem_bytes);
  if (!pem)
    return pem.error();
  auto out = crypto::certificate::from_pem(to_text(*pem));
  if (!out)
    return error{out.error().code, file + ": " + out.error().where};
  return out;
}

result<crypto::private_key> load_key(const std::string& name, const std::string& file) {
  const auto pem = files::read(file, max_pem_bytes);
  if (!pem)
    return error{pem.error().code, name + ": " + pem.error().where};
  auto key = crypto::private_key::from_pem(to_text(*pem));
  if (!key)
    return error{key.error().code, name};
  return key;
}

} // namespace troth::services
