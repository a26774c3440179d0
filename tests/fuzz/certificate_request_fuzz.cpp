#include "shared/crypto/certificate_request.hpp"
#include "shared/crypto/host_name.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/minted_request.hpp"

namespace {

using namespace troth;

void read(byte_view request) {
  const auto got = crypto::certificate_request::from_der(request);
  if (!got)
    return;
  (void)got->key().der();
  const auto& hosts = got->dns_names();
  const auto& addresses = got->ip_addresses();
  require(!got->common_name().empty() || !hosts.empty() || !addresses.empty());
  require(hosts.size() + addresses.size() <= crypto::max_requested_names);
  for (const auto& host : hosts)
    require(crypto::is_host_name(host));
  for (const auto& address : addresses)
    require(!crypto::address_bytes(address).empty());
}

} // namespace

// Whatever the bytes, reading ends, in bounds, and what is read asks for a host's names: of a whole
// request, or, as the first byte says, of the extensions or the name in one that its key has
// signed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
  testing::request_content content{{}, {}};
  const auto kind = size > 0 ? data[0] : 0;
  const auto rest = byte_view{data, size}.subspan(size > 0 ? 1 : 0);
  const auto length = static_cast<int>(rest.size());
  if (kind == 'e')
    content.spoil = [&](X509_REQ* made) {
      X509_REQ_add1_attr_by_NID(made, NID_ext_req, V_ASN1_SEQUENCE, rest.data(), length);
    };
  else if (kind == 'n')
    content.spoil = [&](X509_REQ* made) {
      X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(made), NID_commonName, V_ASN1_UTF8STRING,
                                 rest.data(), length, -1, 0);
    };
  read(content.spoil ? testing::mint_request(key, content) : bytes{data, data + size});
  return 0;
}
