#include "shared/endorsement/snp_vek.hpp"

#include "shared/base/reader.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace troth::endorsement {

namespace {

using evidence::snp::attestation_report;

constexpr std::string_view arc = "1.3.6.1.4.1.3704.1."; // AMD's, for these certificates
constexpr std::uint8_t der_integer = 0x02;
constexpr std::uint8_t der_octet_string = 0x04;
constexpr std::uint8_t der_ia5_string = 0x16;
constexpr std::size_t max_text = 64;
constexpr std::size_t chip_id_size = 64;
constexpr std::size_t turin_id_size = 8;

/// Reads an INTEGER from 0 to 255 in its one form.
result<std::uint8_t> read_number(byte_view value, std::string_view oid) {
  reader in{value, oid};
  in.require(in.u8("tag") == der_integer, errc::malformed, "tag");
  const auto size = in.u8("length");
  in.require(size == 1 || size == 2, errc::malformed, "length");
  if (size == 2)
    in.require(in.u8("value") == 0, errc::malformed, "value");
  const auto number = in.u8("value");
  in.require((number >= 0x80) == (size == 2), errc::malformed, "value");
  return in.finish(number);
}

result<std::string> read_text(byte_view value, std::string_view oid) {
  reader in{value, oid};
  in.require(in.u8("tag") == der_ia5_string, errc::malformed, "tag");
  const auto size = in.u8("length");
  in.require(size <= max_text, errc::too_large, "length");
  const auto text = in.take(size, "value");
  in.require(!text.empty()
               && std::ranges::all_of(text, [](auto c) { return c >= 0x20 && c < 0x7f; }),
             errc::malformed, "value");
  return in.finish(to_text(text));
}

/// Reads a hardware id, which stands there bare or as an OCTET STRING.
result<bytes> read_hardware_id(byte_view value, std::string_view oid) {
  for (const auto size : {chip_id_size, turin_id_size}) {
    if (value.size() == size)
      return copy(value);
    if (value.size() == size + 2 && value[0] == der_octet_string && value[1] == size)
      return copy(value.subspan(2));
  }
  return error{errc::malformed, std::string{oid} + ": " + std::to_string(value.size()) + " bytes"};
}

class extension_reader {
public:
  explicit extension_reader(std::vector<crypto::extension> all) : all_(std::move(all)) {
    // nop
  }

  template <class T>
  void required(std::string_view tail, T& into, result<T> (*read)(byte_view, std::string_view)) {
    if (!optional(tail, into, read) && !fault_)
      fault_ = error{errc::missing, std::string{arc} + std::string{tail}};
  }

  /// @returns whether it is there.
  template <class T>
  bool optional(std::string_view tail, T& into, result<T> (*read)(byte_view, std::string_view)) {
    const auto oid = std::string{arc} + std::string{tail};
    const auto at = std::ranges::find(all_, oid, &crypto::extension::oid);
    if (at == all_.end())
      return false;
    auto value = read(at->value, oid);
    if (value)
      into = *std::move(value);
    else if (!fault_)
      fault_ = value.error();
    return true;
  }

  const std::optional<error>& fault() const { return fault_; }

private:
  std::vector<crypto::extension> all_;
  std::optional<error> fault_;
};

} // namespace

result<vek_extensions> read_vek_extensions(const crypto::certificate& from) {
  extension_reader in{from.extensions()};
  vek_extensions out;
  in.required("1", out.struct_version, read_number);
  in.required("2", out.product_name, read_text);
  in.required("3.1", out.tcb.boot_loader, read_number);
  in.required("3.2", out.tcb.tee, read_number);
  in.required("3.3", out.tcb.snp, read_number);
  in.required("3.8", out.tcb.microcode, read_number);
  in.optional("3.9", out.tcb.fmc, read_number);
  bytes hardware_id;
  if (in.optional("4", hardware_id, read_hardware_id))
    out.hardware_id = std::move(hardware_id);
  std::string csp_id;
  if (in.optional("5", csp_id, read_text))
    out.csp_id = std::move(csp_id);
  if (in.fault())
    return *in.fault();
  if (out.hardware_id.has_value() == out.csp_id.has_value())
    return error{errc::malformed, "VEK certificate: expected either hwID or cspID"};
  return out;
}

bool is_of_tcb(const vek_extensions& key, const attestation_report& report,
               evidence::snp::product_line line) {
  // Reserved bytes of the report's TCB are none of the parts, so they are compared too.
  return evidence::snp::tcb_of(key.tcb, line) == report.reported_tcb;
}

bool is_of_chip(const vek_extensions& key, const attestation_report& report) {
  const auto is_zero = [](auto byte) { return byte == 0; };
  if (!key.hardware_id || std::ranges::all_of(report.chip_id, is_zero))
    return false;
  const auto size = key.hardware_id->size();
  const byte_view id{report.chip_id};
  return std::ranges::equal(id.first(size), *key.hardware_id)
         && std::ranges::all_of(id.subspan(size), is_zero);
}

result<crypto::authentic<attestation_report>> authenticate_report(attestation_report report,
                                                                  const crypto::public_key& key) {
  if (report.signature_algorithm != evidence::snp::ecdsa_p384_sha384)
    return error{errc::unsupported,
                 "snp.report.signature_algo: " + std::to_string(report.signature_algorithm)};
  if (key.kind() != crypto::key_kind::p384)
    return error{errc::unsupported, "VEK of kind " + std::string{name(key.kind())}};
  if (report.is_signed_by(evidence::snp::signing_key::none))
    return error{errc::bad_signature, "snp.report.signing_key: none"};
  const auto signed_bytes = report.signed_bytes;
  const auto signature = report.signature;
  return crypto::authenticate(std::move(report), signed_bytes,
                              {signature_scheme::ecdsa, hash_algorithm::sha384}, signature, key);
}

} // namespace troth::endorsement
