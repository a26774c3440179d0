#include "shared/crypto/certificate_request.hpp"
#include "shared/crypto/host_name.hpp"
#include "tests/fuzz/require.hpp"

// Whatever the bytes, reading ends, in bounds, and what is read asks for a host's names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto read = crypto::certificate_request::from_der({data, size});
  if (!read)
    return 0;
  (void)read->key().der();
  const auto& hosts = read->dns_names();
  const auto& addresses = read->ip_addresses();
  require(!read->common_name().empty() || !hosts.empty() || !addresses.empty());
  require(hosts.size() + addresses.size() <= crypto::max_requested_names);
  for (const auto& host : hosts)
    require(crypto::is_host_name(host));
  for (const auto& address : addresses)
    require(!crypto::address_bytes(address).empty());
  return 0;
}
