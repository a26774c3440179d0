#include "shared/endorsement/intel_tcb_info.hpp"

#include "shared/base/hex.hpp"
#include "shared/base/reader.hpp"
#include "shared/codec/json_source.hpp"

#include <algorithm>
#include <limits>

namespace troth::endorsement::intel {

// The members as they are carried; their meaning is taken from them below.
namespace {

constexpr std::size_t max_levels = 256;
constexpr std::size_t max_identities = 32;
constexpr std::size_t max_advisories = 64;
constexpr std::size_t max_advisory_bytes = 64;
constexpr std::size_t max_tcb_info_depth = 16;
constexpr std::size_t tcb_component_count = 16;

struct component_text {
  std::uint64_t svn = 0;
};

struct platform_tcb_text {
  std::vector<component_text> sgx;
  std::vector<component_text> tdx;
  std::array<std::optional<std::uint64_t>, tcb_component_count> numbered{}; // version 2
  std::uint64_t pce_svn = 0;
};

struct svn_text {
  std::uint64_t isv_svn = 0;
};

template <class Tcb>
struct level_text {
  Tcb tcb;
  std::string date;
  std::string status;
  std::vector<std::string> advisories;
};

struct module_text {
  std::string id;
  bytes mr_signer;
  bytes attributes;
  bytes attributes_mask;
  std::vector<level_text<svn_text>> levels;
};

struct head_text {
  std::string id;
  std::uint64_t version = 0;
  std::string issue_date;
  std::string next_update;
  std::uint64_t evaluation_number = 0;
  bytes fmspc;
  bytes pce_id;
  std::uint64_t tcb_type = 0;
};

struct levels_text {
  bool is_tdx = false;
  std::optional<module_text> module;
  std::vector<module_text> identities;
  std::vector<level_text<platform_tcb_text>> levels;
};

struct identity_text {
  head_text head;
  bytes misc_select;
  bytes misc_select_mask;
  bytes attributes;
  bytes attributes_mask;
  bytes mr_signer;
  std::uint64_t isv_prod_id = 0;
  std::vector<level_text<svn_text>> levels;
};

void describe(auto& fields, component_text& x) {
  fields.required({"svn"}, x.svn);
}

constexpr std::array<std::string_view, tcb_component_count> numbered_names{
  "sgxtcbcomp01svn", "sgxtcbcomp02svn", "sgxtcbcomp03svn", "sgxtcbcomp04svn",
  "sgxtcbcomp05svn", "sgxtcbcomp06svn", "sgxtcbcomp07svn", "sgxtcbcomp08svn",
  "sgxtcbcomp09svn", "sgxtcbcomp10svn", "sgxtcbcomp11svn", "sgxtcbcomp12svn",
  "sgxtcbcomp13svn", "sgxtcbcomp14svn", "sgxtcbcomp15svn", "sgxtcbcomp16svn"};

void describe(auto& fields, platform_tcb_text& x) {
  for (std::size_t i = 0; i < tcb_component_count; ++i)
    fields.optional({numbered_names[i]}, x.numbered[i]);
  fields.optional({"sgxtcbcomponents"}, codec::up_to(tcb_component_count, x.sgx));
  fields.required({"pcesvn"}, x.pce_svn);
  fields.optional({"tdxtcbcomponents"}, codec::up_to(tcb_component_count, x.tdx));
}

void describe(auto& fields, svn_text& x) {
  fields.required({"isvsvn"}, x.isv_svn);
}

template <class Tcb>
void describe(auto& fields, level_text<Tcb>& x) {
  fields.required({"tcb"}, x.tcb);
  fields.required({"tcbDate"}, x.date);
  fields.required({"tcbStatus"}, x.status);
  fields.optional({"advisoryIDs"}, codec::up_to(max_advisories, x.advisories));
}

void describe(auto& fields, module_text& x) {
  fields.optional({"id"}, x.id);
  fields.required({"mrsigner"}, codec::hexed(x.mr_signer));
  fields.required({"attributes"}, codec::hexed(x.attributes));
  fields.required({"attributesMask"}, codec::hexed(x.attributes_mask));
  fields.optional({"tcbLevels"}, codec::up_to(max_levels, x.levels));
}

void describe_common(auto& fields, head_text& x) {
  fields.required({"version"}, x.version);
  fields.required({"issueDate"}, x.issue_date);
  fields.required({"nextUpdate"}, x.next_update);
  fields.required({"tcbEvaluationDataNumber"}, x.evaluation_number);
}

void describe(auto& fields, head_text& x) {
  describe_common(fields, x);
  fields.optional({"id"}, x.id);
  fields.required({"fmspc"}, codec::hexed(x.fmspc));
  fields.required({"pceId"}, codec::hexed(x.pce_id));
  fields.required({"tcbType"}, x.tcb_type);
}

void describe(auto& fields, levels_text& x) {
  fields.required({"tcbLevels"}, codec::up_to(max_levels, x.levels));
  if (!x.is_tdx)
    return;
  fields.required({"tdxModule"}, x.module.emplace());
  fields.optional({"tdxModuleIdentities"}, codec::up_to(max_identities, x.identities));
}

void describe(auto& fields, identity_text& x) {
  fields.required({"id"}, x.head.id);
  describe_common(fields, x.head);
  fields.required({"miscselect"}, codec::hexed(x.misc_select));
  fields.required({"miscselectMask"}, codec::hexed(x.misc_select_mask));
  fields.required({"attributes"}, codec::hexed(x.attributes));
  fields.required({"attributesMask"}, codec::hexed(x.attributes_mask));
  fields.required({"mrsigner"}, codec::hexed(x.mr_signer));
  fields.required({"isvprodid"}, x.isv_prod_id);
  fields.required({"tcbLevels"}, codec::up_to(max_levels, x.levels));
}

/// Turns what was carried into what it means. The first failure sticks.
class converter {
public:
  explicit converter(std::string_view format) : format_(format) {
    // nop
  }

  void require(bool holds, errc why, std::string_view what) {
    if (!holds && !fault_)
      fault_ = error{why, std::string{format_} + '.' + std::string{what}};
  }

  template <class Number>
  Number number(std::uint64_t value, std::string_view what) {
    require(value <= std::numeric_limits<Number>::max(), errc::too_large, what);
    return static_cast<Number>(value);
  }

  template <std::size_t N>
  std::array<std::uint8_t, N> octets(const bytes& value, std::string_view what) {
    std::array<std::uint8_t, N> out{};
    require(value.size() == N, errc::malformed, what);
    if (value.size() == N)
      std::ranges::copy(value, out.begin());
    return out;
  }

  time_point time(const std::string& text, std::string_view what) {
    const auto read = parse_time(text);
    require(read.has_value(), errc::malformed, what);
    return read ? *read : time_point{};
  }

  tcb_rating rating(const auto& level) {
    tcb_rating out;
    const auto status = parse_tcb_status(level.status);
    require(status && *status < tcb_status::td_relaunch_advised, errc::malformed, "tcbStatus");
    if (status)
      out.status = *status;
    out.date = time(level.date, "tcbDate");
    out.advisories = level.advisories;
    for (const auto& advisory : out.advisories)
      require(advisory.size() <= max_advisory_bytes, errc::too_large, "advisoryIDs");
    return out;
  }

  std::vector<svn_level> svn_levels(const std::vector<level_text<svn_text>>& levels) {
    std::vector<svn_level> out;
    for (const auto& level : levels)
      out.push_back({number<std::uint16_t>(level.tcb.isv_svn, "isvsvn"), rating(level)});
    return out;
  }

  std::array<std::uint8_t, tcb_component_count> components(const std::vector<component_text>& from,
                                                           std::string_view what) {
    std::array<std::uint8_t, tcb_component_count> out{};
    require(from.size() == tcb_component_count, errc::malformed, what);
    if (from.size() == tcb_component_count)
      std::ranges::transform(from, out.begin(),
                             [&](const auto& one) { return number<std::uint8_t>(one.svn, what); });
    return out;
  }

  statement_head head(const head_text& from) {
    statement_head out;
    out.id = from.id;
    out.version = from.version;
    out.issue_date = time(from.issue_date, "issueDate");
    out.next_update = time(from.next_update, "nextUpdate");
    out.evaluation_number = from.evaluation_number;
    return out;
  }

  tdx_module module(const module_text& from) {
    return {from.id, octets<48>(from.mr_signer, "mrsigner"), little(from.attributes, "attributes"),
            little(from.attributes_mask, "attributesMask"), svn_levels(from.levels)};
  }

  std::uint64_t little(const bytes& value, std::string_view what) {
    reader in{value, format_};
    const auto out = in.finish(in.u64le(what));
    require(out.has_value(), errc::malformed, what);
    return out ? *out : 0;
  }

  template <class T>
  result<T> finish(T value) {
    if (fault_)
      return *std::move(fault_);
    return value;
  }

private:
  std::string_view format_;
  std::optional<error> fault_;
};

constexpr std::string_view tcb_info_format = "intel.tcb_info";
constexpr std::string_view identity_format = "intel.enclave_identity";
constexpr std::string_view sgx_id = "SGX";
constexpr std::string_view tdx_id = "TDX";

result<tcb_info_head> read_head(const nlohmann::json& parsed) {
  const auto text = codec::from_json<head_text>(parsed, tcb_info_format);
  if (!text)
    return text.error();
  converter in{tcb_info_format};
  in.require(text->version == 2 || text->version == 3, errc::unsupported, "version");
  in.require(text->version == 2 ? text->id.empty() || text->id == sgx_id
                                : text->id == sgx_id || text->id == tdx_id,
             errc::unsupported, "id");
  in.require(text->tcb_type == 0, errc::unsupported, "tcbType");
  tcb_info_head out;
  static_cast<statement_head&>(out) = in.head(*text);
  if (out.id.empty())
    out.id = sgx_id;
  out.fmspc = in.octets<6>(text->fmspc, "fmspc");
  out.pce_id = in.octets<2>(text->pce_id, "pceId");
  return in.finish(std::move(out));
}

tcb_level read_level(converter& in, const level_text<platform_tcb_text>& from,
                     const tcb_info_head& head) {
  tcb_level out;
  if (head.version == 2)
    std::ranges::transform(from.tcb.numbered, out.sgx_components.begin(), [&](const auto& svn) {
      in.require(svn.has_value(), errc::missing, "sgxtcbcomp");
      return in.number<std::uint8_t>(svn.value_or(0), "sgxtcbcomp");
    });
  else
    out.sgx_components = in.components(from.tcb.sgx, "sgxtcbcomponents");
  if (head.id == tdx_id)
    out.tdx_components = in.components(from.tcb.tdx, "tdxtcbcomponents");
  out.pce_svn = in.number<std::uint16_t>(from.tcb.pce_svn, "pcesvn");
  out.rating = in.rating(from);
  return out;
}

result<nlohmann::json> parse(std::string_view body) {
  return codec::parse_json(body,
                           {.max_bytes = max_statement_bytes, .max_depth = max_tcb_info_depth});
}

struct status_name {
  tcb_status status;
  std::string_view name;
};

constexpr std::array status_names{
  status_name{tcb_status::revoked, "Revoked"},
  status_name{tcb_status::out_of_date, "OutOfDate"},
  status_name{tcb_status::out_of_date_configuration_needed, "OutOfDateConfigurationNeeded"},
  status_name{tcb_status::configuration_needed, "ConfigurationNeeded"},
  status_name{tcb_status::configuration_and_sw_hardening_needed,
              "ConfigurationAndSWHardeningNeeded"},
  status_name{tcb_status::sw_hardening_needed, "SWHardeningNeeded"},
  status_name{tcb_status::up_to_date, "UpToDate"},
  status_name{tcb_status::td_relaunch_advised, "TDRelaunchAdvised"},
  status_name{tcb_status::td_relaunch_advised_configuration_needed,
              "TDRelaunchAdvisedConfigurationNeeded"},
};

} // namespace

std::string_view name(tcb_status status) noexcept {
  const auto* at = std::ranges::find(status_names, status, &status_name::status);
  return at != status_names.end() ? at->name : std::string_view{};
}

result<tcb_status> parse_tcb_status(std::string_view text) {
  const auto* at = std::ranges::find(status_names, text, &status_name::name);
  if (at == status_names.end())
    return error{errc::malformed, "TCB status"};
  return at->status;
}

result<tcb_info_head> parse_tcb_info_head(std::string_view body) {
  const auto parsed = parse(body);
  return parsed ? read_head(*parsed) : result<tcb_info_head>{parsed.error()};
}

result<tcb_info> parse_tcb_info(std::string_view body) {
  const auto parsed = parse(body);
  if (!parsed)
    return parsed.error();
  const auto head = read_head(*parsed);
  if (!head)
    return head.error();
  levels_text blank;
  blank.is_tdx = head->id == tdx_id;
  const auto text = codec::from_json<levels_text>(*parsed, tcb_info_format, std::move(blank));
  if (!text)
    return text.error();
  converter in{tcb_info_format};
  tcb_info out;
  static_cast<tcb_info_head&>(out) = *head;
  if (text->module) {
    out.module = in.module(*text->module);
    out.module->id = "tdxModule";
  }
  for (const auto& one : text->identities)
    out.identities.push_back(in.module(one));
  for (const auto& one : text->levels)
    out.levels.push_back(read_level(in, one, *head));
  in.require(!out.levels.empty(), errc::missing, "tcbLevels");
  return in.finish(std::move(out));
}

result<enclave_identity> parse_enclave_identity(std::string_view body) {
  const auto parsed = parse(body);
  if (!parsed)
    return parsed.error();
  const auto text = codec::from_json<identity_text>(*parsed, identity_format);
  if (!text)
    return text.error();
  converter in{identity_format};
  in.require(text->head.version == 2, errc::unsupported, "version");
  enclave_identity out;
  static_cast<statement_head&>(out) = in.head(text->head);
  const auto number = [&](const bytes& value, std::string_view what) {
    const auto octets = in.octets<4>(value, what);
    reader at{octets, identity_format};
    return at.u32le(what);
  };
  out.misc_select = number(text->misc_select, "miscselect");
  out.misc_select_mask = number(text->misc_select_mask, "miscselectMask");
  const auto attributes = in.octets<16>(text->attributes, "attributes");
  const auto mask = in.octets<16>(text->attributes_mask, "attributesMask");
  reader values{attributes, identity_format};
  reader masks{mask, identity_format};
  out.flags = values.u64le("attributes");
  out.xfrm = values.u64le("attributes");
  out.flags_mask = masks.u64le("attributesMask");
  out.xfrm_mask = masks.u64le("attributesMask");
  out.mr_signer = in.octets<32>(text->mr_signer, "mrsigner");
  out.isv_prod_id = in.number<std::uint16_t>(text->isv_prod_id, "isvprodid");
  out.levels = in.svn_levels(text->levels);
  in.require(!out.levels.empty(), errc::missing, "tcbLevels");
  return in.finish(std::move(out));
}

} // namespace troth::endorsement::intel
