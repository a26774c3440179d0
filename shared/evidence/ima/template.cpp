#include "shared/evidence/ima/template.hpp"

#include "shared/base/reader.hpp"
#include "shared/evidence/ima/legacy.hpp"

#include <algorithm>
#include <array>

namespace troth::evidence::ima {

namespace {

struct named_template {
  std::string_view name;
  template_kind kind;
};

constexpr auto templates = std::to_array<named_template>({
  {"ima", template_kind::ima},
  {"ima-ng", template_kind::ima_ng},
  {"ima-sig", template_kind::ima_sig},
  {"ima-buf", template_kind::ima_buf},
  {"ima-modsig", template_kind::ima_modsig},
  {"ima-ngv2", template_kind::ima_ngv2},
  {"ima-sigv2", template_kind::ima_sigv2},
});

struct named_hash {
  std::string_view name;
  hash_algorithm algorithm;
};

// As the kernel's crypto API spells them.
constexpr auto hashes = std::to_array<named_hash>({
  {"sha256", hash_algorithm::sha256},
  {"sha1", hash_algorithm::sha1},
  {"sha384", hash_algorithm::sha384},
  {"sha512", hash_algorithm::sha512},
});

constexpr std::array<std::uint8_t, 4> sha1_name{'s', 'h', 'a', '1'};

bool equal(byte_view bytes, std::string_view text) {
  return std::ranges::equal(bytes, text, {}, {},
                            [](char c) { return static_cast<std::uint8_t>(c); });
}

bool is_name(byte_view text) {
  return !text.empty() && std::ranges::all_of(text, [](std::uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<hash_algorithm> hash_named(byte_view name) {
  for (const auto& known : hashes)
    if (equal(name, known.name))
      return known.algorithm;
  return std::nullopt;
}

enum class digest_form : std::uint8_t { ng, ngv2 };

// `sha256:` NUL digest; in the second version with `ima:` or `verity:` in front.
named_digest split_digest(reader& in, byte_view all, digest_form form, std::string_view field) {
  named_digest out;
  if (!in.ok())
    return out;
  const auto nul = std::ranges::find(all, 0);
  auto prefix = all.first(static_cast<std::size_t>(nul - all.begin()));
  in.require(nul != all.end() && !prefix.empty() && prefix.back() == ':', errc::malformed, field);
  if (!in.ok())
    return out;
  out.value = all.subspan(prefix.size() + 1);
  prefix = prefix.first(prefix.size() - 1);
  if (form == digest_form::ngv2) {
    const auto colon = std::ranges::find(prefix, ':');
    const auto kind = prefix.first(static_cast<std::size_t>(colon - prefix.begin()));
    out.is_verity = equal(kind, "verity");
    in.require(colon != prefix.end() && (out.is_verity || equal(kind, "ima")), errc::malformed,
               field);
    prefix = prefix.subspan(std::min(prefix.size(), kind.size() + 1));
  }
  out.algorithm_name = prefix;
  out.algorithm = hash_named(prefix);
  in.require(is_name(prefix) && !out.value.empty()
               && (!out.algorithm || out.value.size() == digest_size(*out.algorithm)),
             errc::malformed, field);
  return out;
}

// A path and the NUL behind it.
byte_view read_path(reader& in) {
  const auto all = in.sized32le(max_template_data, "path");
  in.require(!all.empty() && std::ranges::find(all, 0) == all.end() - 1, errc::malformed, "path");
  return in.ok() ? all.first(all.size() - 1) : byte_view{};
}

void read_module(reader& in, template_fields& into) {
  const auto module_digest = in.sized32le(max_template_data, "module_digest");
  if (!module_digest.empty()) // it is, where there is no appended signature
    into.module_digest = split_digest(in, module_digest, digest_form::ng, "module_digest");
  into.module_signature = in.sized32le(max_template_data, "module_signature");
}

result<template_fields> parse_legacy(byte_view data) {
  reader in{data, "ima.template"};
  const auto digest = in.take(legacy_digest_size, "digest");
  const auto padded = in.take(legacy_path_size, "path");
  const auto end = std::ranges::find(padded, 0);
  in.require(end != padded.end() && std::all_of(end, padded.end(), [](auto c) { return c == 0; }),
             errc::malformed, "path");
  return in.finish(
    legacy_fields(digest, padded.first(static_cast<std::size_t>(end - padded.begin()))));
}

} // namespace

template_fields legacy_fields(byte_view digest, byte_view path) {
  template_fields out;
  out.kind = template_kind::ima;
  out.file_digest = {sha1_name, hash_algorithm::sha1, digest, false};
  out.path = path;
  return out;
}

template_kind template_kind_of(std::string_view name) noexcept {
  const auto found = std::ranges::find(templates, name, &named_template::name);
  return found != templates.end() ? found->kind : template_kind::unknown;
}

result<template_fields> parse_template(std::string_view name, byte_view data) {
  const auto kind = template_kind_of(name);
  if (data.size() > max_template_data)
    return error{errc::too_large, "ima.template"};
  if (kind == template_kind::unknown)
    return template_fields{};
  if (kind == template_kind::ima)
    return parse_legacy(data);
  reader in{data, "ima.template"};
  template_fields out;
  out.kind = kind;
  const bool is_v2 = kind == template_kind::ima_ngv2 || kind == template_kind::ima_sigv2;
  const auto file_digest = in.sized32le(max_template_data, "digest");
  out.file_digest = split_digest(in, file_digest, is_v2 ? digest_form::ngv2 : digest_form::ng,
                                 "digest");
  out.path = read_path(in);
  if (kind == template_kind::ima_sig || kind == template_kind::ima_sigv2
      || kind == template_kind::ima_modsig)
    out.signature = in.sized32le(max_template_data, "signature");
  if (kind == template_kind::ima_modsig)
    read_module(in, out);
  if (kind == template_kind::ima_buf)
    out.buffer = in.sized32le(max_template_data, "buffer");
  return in.finish(out);
}

} // namespace troth::evidence::ima
