#include "shared/wire/atls.hpp"

#include "shared/report/encoding.hpp"
#include "shared/wire/value_count.hpp"

#include <array>

namespace troth::codec {

template <>
struct wire_form<wire::atls::mode> {
  using type = std::uint64_t;

  static type write(wire::atls::mode from) { return static_cast<type>(from); }

  static result<wire::atls::mode> read(type from) {
    if (from > static_cast<type>(wire::atls::mode::none))
      return error{errc::unsupported, std::to_string(from) + ", expected 0 to 3"};
    return static_cast<wire::atls::mode>(from);
  }
};

} // namespace troth::codec

namespace troth::wire::atls {

namespace {

constexpr std::array mode_names{"mutual", "client", "server", "none"};

constexpr std::size_t max_items = 4096;                // that a request names
constexpr std::size_t max_json_values = 2 * max_items; // of a message

} // namespace

void describe(auto& fields, codec::of<request> auto& x) {
  fields.constant({"version", 0}, version);
  fields.required({"attest", 1}, x.attest);
  fields.optional({"cached", 2}, codec::up_to(max_items, x.cached));
  fields.optional({"trothRenewal", 64}, x.renewal);
}

void describe(auto& fields, codec::of<demand> auto& x) {
  fields.constant({"version", 0}, version);
  fields.required({"challenge", 1}, codec::between(challenge_bytes, challenge_bytes, x.challenge));
  fields.optional({"cached", 2}, codec::up_to(max_items, x.cached));
}

void describe(auto& fields, codec::of<response> auto& x) {
  fields.constant({"version", 0}, version);
  fields.optional({"error", 1}, x.error);
  fields.optional({"report", 2}, x.report);
}

void describe(auto& fields, codec::of<complete> auto& x) {
  fields.constant({"version", 0}, version);
  fields.required({"success", 1}, x.success);
  fields.optional({"error", 2}, x.error);
}

namespace {

template <class Message>
constexpr std::string_view format_of = "aTLS request";
template <>
constexpr std::string_view format_of<demand> = "aTLS demand";
template <>
constexpr std::string_view format_of<response> = "aTLS response";
template <>
constexpr std::string_view format_of<complete> = "aTLS complete";

bool contradicts_itself(const request&) {
  return false;
}

bool contradicts_itself(const demand&) {
  return false;
}

bool contradicts_itself(const response& said) {
  return !said.error.empty() && !said.report.empty();
}

bool contradicts_itself(const complete& said) {
  return said.success && !said.error.empty();
}

} // namespace

std::string_view name(mode which) noexcept {
  return mode_names.at(static_cast<std::size_t>(which));
}

template <class Message>
result<Message> read(byte_view body) {
  constexpr auto format = format_of<Message>;
  const auto as = report::encoding_of(body);
  if (!as)
    return error{as.error().code, std::string{format} + as.error().where};
  if (*as == report::encoding::json && has_more_values(body, max_json_values))
    return error{errc::too_large, std::string{format} + ": more than "
                                    + std::to_string(max_json_values) + " values"};
  auto out = report::parse_as<Message>(format, body, *as);
  if (out && contradicts_itself(*out))
    return error{errc::malformed, std::string{format} + ".error: beside its contrary"};
  return out;
}

template <class Message>
bytes write_frame(const Message& from, report::encoding as) {
  const auto body = report::write_as(from, as);
  const auto size = static_cast<std::uint32_t>(body.size());
  bytes out;
  out.reserve(frame_header_bytes + body.size());
  for (const auto shift : {24U, 16U, 8U, 0U})
    out.push_back(static_cast<std::uint8_t>(size >> shift));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

std::uint32_t length_in(byte_view header) noexcept {
  std::uint32_t out = 0;
  for (const auto byte : header.first(frame_header_bytes))
    out = out << 8U | byte;
  return out;
}

template result<request> read(byte_view);
template result<demand> read(byte_view);
template result<response> read(byte_view);
template result<complete> read(byte_view);
template bytes write_frame(const request&, report::encoding);
template bytes write_frame(const demand&, report::encoding);
template bytes write_frame(const response&, report::encoding);
template bytes write_frame(const complete&, report::encoding);

} // namespace troth::wire::atls
