#include "actors/issued_keys.hpp"

#include "shared/base/bytes.hpp"
#include "shared/codec/json.hpp"
#include "shared/files/files.hpp"

namespace troth::actors {

result<void> issued_keys::record(const issued_key& one) const {
  const auto& certificate = one.certificate;
  const nlohmann::ordered_json out{{"machine", one.machine},
                                   {"kind", one.kind},
                                   {"subject", certificate.subject()},
                                   {"dnsNames", certificate.dns_names()},
                                   {"ipAddresses", certificate.ip_addresses()},
                                   {"issued", format_time(one.when)},
                                   {"notAfter", format_time(certificate.not_after())},
                                   {"certificate", certificate.pem()}};
  return files::write(folder_ / (certificate.serial() + ".json"), to_bytes(out.dump(2) + '\n'),
                      files::access::owner);
}

} // namespace troth::actors
