#include "shared/collateral/item.hpp"

#include "shared/base/base64.hpp"
#include "shared/base/hex.hpp"
#include "shared/base/text.hpp"
#include "shared/codec/json.hpp"
#include "shared/codec/json_writer.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/endorsement/intel_pck_identity.hpp"
#include "shared/endorsement/intel_statement.hpp"
#include "shared/endorsement/intel_tcb_info.hpp"
#include "shared/endorsement/snp_vek.hpp"

#include <algorithm>
#include <optional>

namespace troth::collateral {

namespace {

namespace intel = endorsement::intel;

constexpr std::string_view format = "troth-collateral-1";
constexpr std::size_t max_bundle_bytes = std::size_t{512} * 1024 * 1024;
constexpr std::size_t ask_and_ark = 2;

error not_asked_for(const item& of, std::string_view why) {
  return {errc::malformed, "collateral: " + of.name + ": " + std::string{why}};
}

result<void> read_tcb_info(item& of) {
  const auto split = intel::parse_signed_statement(to_text(of.body), "tcbInfo");
  if (!split)
    return split.error();
  const auto head = intel::parse_tcb_info_head(split->body);
  if (!head)
    return head.error();
  const auto scope = head->id == "TDX" ? intel_scope::tdx : intel_scope::sgx;
  if (tcb_info_name(scope, head->fmspc) != of.name)
    return not_asked_for(of, "TCB info of another platform");
  of.from = head->issue_date;
  of.until = head->next_update;
  return {};
}

result<void> read_identity(item& of) {
  const auto split = intel::parse_signed_statement(to_text(of.body), "enclaveIdentity");
  if (!split)
    return split.error();
  const auto read = intel::parse_enclave_identity(split->body);
  if (!read)
    return read.error();
  const auto scope = read->id == "TD_QE" ? intel_scope::tdx : intel_scope::sgx;
  if (identity_name(scope) != of.name || (scope == intel_scope::sgx && read->id != "QE"))
    return not_asked_for(of, "identity of another enclave");
  of.from = read->issue_date;
  of.until = read->next_update;
  return {};
}

result<void> read_list(item& of) {
  if (const auto as_hex = from_hex(to_text(of.body)); as_hex && !as_hex->empty())
    of.body = *as_hex;
  const auto read = crypto::revocation_list::from_der(of.body);
  if (!read)
    return read.error();
  const auto next = read->next_update();
  if (!next)
    return not_asked_for(of, "a list without nextUpdate");
  of.from = read->this_update();
  of.until = *next;
  return {};
}

/// Returns the part of the name of a PCK certificate that it says itself: CPUSVN, PCESVN, PCEID.
std::string tcb_of_pck(std::string_view name) {
  const auto parts = split(name, '.');
  return parts.size() != 7 ? std::string{}
                           : std::string{parts[3]} + std::string{parts[4]} + std::string{parts[5]};
}

/// The chip and the TCB are in the name.
result<void> read_vek(item& of) {
  const auto read = crypto::certificate::from_der(of.body);
  if (!read)
    return read.error();
  const auto extensions = endorsement::read_vek_extensions(*read);
  if (!extensions)
    return extensions.error();
  for (const auto line : {evidence::snp::product_line::milan, evidence::snp::product_line::genoa,
                          evidence::snp::product_line::turin}) {
    if (!extensions->hardware_id || !of.name.starts_with("amd." + std::string{name(line)} + '.'))
      continue;
    evidence::snp::attestation_report like;
    if (extensions->hardware_id->size() > like.chip_id.size())
      continue;
    std::ranges::copy(*extensions->hardware_id, like.chip_id.begin());
    like.reported_tcb = evidence::snp::tcb_of(extensions->tcb, line);
    if (vcek_name(like, line) != of.name)
      continue;
    of.from = read->not_before();
    of.until = read->not_after();
    return {};
  }
  return not_asked_for(of, "the key of another chip or TCB");
}

/// The TCB and the PCE are in the name, and the platform only encrypted.
result<void> read_pck(item& of) {
  const auto read = crypto::certificate::from_pem(to_text(of.body));
  if (!read)
    return read.error();
  if (read->size() != 1)
    return not_asked_for(of, "expected one certificate");
  const auto pck = intel::pck_extension_of(read->front());
  if (!pck)
    return pck.error();
  intel::pck_identity like;
  like.cpu_svn = pck->tcb.cpu_svn;
  like.pce_svn = pck->tcb.pce_svn;
  like.pce_id = pck->pce_id;
  if (tcb_of_pck(pck_name(like)) != tcb_of_pck(of.name))
    return not_asked_for(of, "the key of another TCB");
  of.from = read->front().not_before();
  of.until = read->front().not_after();
  return {};
}

result<void> read_authorities(item& of) {
  const auto read = crypto::certificate::from_pem(to_text(of.body));
  if (!read)
    return read.error();
  if (read->size() != ask_and_ark
      || !std::ranges::all_of(*read, [](const auto& one) { return one.is_ca(); }))
    return not_asked_for(of, "expected an issuer of keys and its root");
  of.from = std::max(read->front().not_before(), read->back().not_before());
  of.until = std::min(read->front().not_after(), read->back().not_after());
  return {};
}

void write(codec::json_writer& to, const item& one) {
  to.begin_object();
  to.name("name");
  to.text(one.name);
  to.name("source");
  to.text(one.source);
  to.name("fetched");
  to.text(format_time(one.fetched));
  to.name("issuers");
  to.text(one.issuers);
  to.name("body");
  to.text(base64(one.body));
  to.end_object();
}

/// A member that must be a text.
std::optional<std::string> text_of(const nlohmann::json& of, const char* member) {
  const auto at = of.find(member);
  if (at == of.end() || !at->is_string())
    return std::nullopt;
  return at->get<std::string>();
}

result<item> read(const nlohmann::json& of) {
  if (!of.is_object())
    return error{errc::malformed, "collateral: an item that is no object"};
  const auto name = text_of(of, "name");
  const auto source = text_of(of, "source");
  const auto fetched = text_of(of, "fetched");
  const auto issuers = text_of(of, "issuers");
  const auto body = text_of(of, "body");
  if (!name || !source || !fetched || !issuers || !body)
    return error{errc::missing, "collateral: name, source, fetched, issuers or body"};
  const auto asked = question_of(*name);
  if (!asked)
    return asked.error();
  const auto time = parse_time(*fetched);
  auto decoded = from_base64(*body);
  if (!time || !decoded || decoded->size() > max_item_bytes)
    return error{errc::malformed, "collateral: " + *name + ": fetched or body"};
  item out{*name, *std::move(decoded), *issuers, *source, *time, {}, {}};
  if (const auto good = read_validity(out, *asked); !good)
    return good.error();
  return out;
}

} // namespace

result<void> read_validity(item& of, const question& asked) {
  switch (asked.kind) {
  case item_kind::tcb_info:
    return read_tcb_info(of);
  case item_kind::qe_identity:
    return read_identity(of);
  case item_kind::revocation_list:
    return read_list(of);
  case item_kind::pck:
    return read_pck(of);
  case item_kind::vek:
    return read_vek(of);
  case item_kind::authorities:
    return read_authorities(of);
  }
  return error{errc::internal, "collateral: kind"};
}

result<std::vector<crypto::certificate>> certificates_of(const item& of) {
  if (!of.issuers.empty())
    return crypto::certificate::from_pem(of.issuers);
  if (const auto one = crypto::certificate::from_der(of.body))
    return std::vector{*one};
  return crypto::certificate::from_pem(to_text(of.body));
}

std::string write_items(std::span<const item> items) {
  codec::json_writer out;
  out.begin_object();
  out.name("format");
  out.text(format);
  out.name("items");
  out.begin_array();
  for (const auto& one : items)
    write(out, one);
  out.end_array();
  out.end_object();
  return out.take();
}

result<std::vector<item>> read_items(std::string_view json) {
  const auto parsed = codec::parse_json(json, {.max_bytes = max_bundle_bytes, .max_depth = 4});
  if (!parsed)
    return parsed.error();
  if (!parsed->is_object() || text_of(*parsed, "format") != format)
    return error{errc::unsupported, "collateral: expected the format " + std::string{format}};
  const auto items = parsed->find("items");
  if (items == parsed->end() || !items->is_array())
    return error{errc::missing, "collateral: items"};
  if (items->size() > max_bundle_items)
    return error{errc::too_large, "collateral: " + std::to_string(items->size()) + " items"};
  std::vector<item> out;
  for (const auto& each : *items) {
    auto one = read(each);
    if (!one)
      return one.error();
    out.push_back(*std::move(one));
  }
  return out;
}

} // namespace troth::collateral
