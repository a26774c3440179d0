#include "services/ports.hpp"

#include "shared/base/hex.hpp"

#include <sys/random.h>

#include <cerrno>

namespace troth::services {

result<bytes> kernel_random(std::size_t size) {
  bytes out(size);
  std::size_t had = 0;
  while (had < size) {
    const auto n = getrandom(&out[had], size - had, 0);
    if (n < 0 && errno != EINTR)
      return error{errc::io, "getrandom"};
    if (n > 0)
      had += static_cast<std::size_t>(n);
  }
  return out;
}

std::string make_request_id() {
  constexpr std::size_t id_bytes = 8;
  const auto drawn = kernel_random(id_bytes);
  return drawn ? hex(*drawn) : std::string(2 * id_bytes, '0');
}

double jitter() {
  const auto drawn = kernel_random(2);
  if (!drawn)
    return 0.5;
  return ((*drawn)[0] * 256 + (*drawn)[1]) / 65'536.0;
}

} // namespace troth::services
