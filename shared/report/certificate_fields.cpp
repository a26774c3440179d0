#include "shared/report/certificate_fields.hpp"

#include <array>

namespace troth::report {

namespace {

constexpr std::array usage_names{
  std::pair{std::string_view{"2.5.29.37.0"}, "Any"},
  std::pair{crypto::eku::server_auth, "Server Auth"},
  std::pair{crypto::eku::client_auth, "Client Auth"},
  std::pair{crypto::eku::code_signing, "Code Signing"},
  std::pair{std::string_view{"1.3.6.1.5.5.7.3.4"}, "Email Protection"},
  std::pair{std::string_view{"1.3.6.1.5.5.7.3.8"}, "Time Stamping"},
  std::pair{std::string_view{"1.3.6.1.5.5.7.3.9"}, "OCSP Signing"},
};

} // namespace

shown_certificate show(const crypto::certificate& certificate) {
  shown_certificate out{certificate, crypto::details_of(certificate), {}, {}};
  for (auto& usage : certificate.extended_key_usages()) {
    const auto known = std::ranges::find(usage_names, std::string_view{usage},
                                         &std::pair<std::string_view, const char*>::first);
    if (known != usage_names.end())
      out.known_usages.emplace_back(known->second);
    else
      out.unknown_usages.push_back(std::move(usage));
  }
  return out;
}

} // namespace troth::report
