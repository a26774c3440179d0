#include "shared/endorsement/intel_statement.hpp"

#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"

#include <algorithm>
#include <optional>

namespace troth::endorsement::intel {

namespace {

constexpr std::size_t signature_bytes = 64;
constexpr std::size_t max_depth = 16;

/// Walks over a text that is known to be well-formed JSON.
class walker {
public:
  explicit walker(std::string_view text) : rest_(text) {
    // nop
  }

  /// Skips white space and one of the given characters. @returns which; 0 if it is another.
  char skip(std::string_view wanted) {
    skip_white();
    if (rest_.empty() || wanted.find(rest_.front()) == std::string_view::npos)
      return 0;
    const auto out = rest_.front();
    rest_.remove_prefix(1);
    return out;
  }

  /// Takes a value, without white space round it.
  std::string_view take_value() {
    skip_white();
    const auto from = rest_;
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const auto c = rest_.front();
      if (depth == 0 && is_one_of(c, ",:}] \t\r\n")) // behind a number or a word
        break;
      if (c == '"')
        skip_string();
      else
        rest_.remove_prefix(1);
      depth += is_one_of(c, "{[") ? 1 : 0;
      depth -= is_one_of(c, "}]") ? 1 : 0;
      if (depth == 0 && is_one_of(c, "\"}]"))
        break;
    }
    return from.substr(0, from.size() - rest_.size());
  }

private:
  static bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
  }

  void skip_white() {
    const auto at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }

  void skip_string() {
    std::size_t at = 1;
    while (at < rest_.size() && rest_[at] != '"')
      at += rest_[at] == '\\' ? 2 : 1;
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
  }

  std::string_view rest_;
};

/// Finds the bytes of a member of the outermost object.
std::optional<std::string_view> raw_member(std::string_view text, std::string_view name) {
  const auto quoted = '"' + std::string{name} + '"';
  walker at{text};
  at.skip("{");
  do {
    const auto key = at.take_value();
    at.skip(":");
    const auto value = at.take_value();
    if (key == quoted)
      return value;
  } while (at.skip(",}") == ',');
  return std::nullopt;
}

error malformed(std::string_view name, std::string_view what) {
  return {errc::malformed, "intel." + std::string{name} + ": " + std::string{what}};
}

} // namespace

result<signed_statement> parse_signed_statement(std::string_view text, std::string_view name) {
  const auto parsed = codec::parse_json(text,
                                        {.max_bytes = max_statement_bytes, .max_depth = max_depth});
  if (!parsed)
    return parsed.error();
  if (!parsed->is_object() || parsed->size() != 2 || !parsed->contains(name)
      || !parsed->contains("signature"))
    return malformed(name, "expected it and a signature");
  const auto& hexed = (*parsed)["signature"];
  auto signature = from_hex(hexed.is_string() ? hexed.get<std::string>() : "");
  if (!signature || signature->size() != signature_bytes)
    return malformed(name, "signature");
  const auto body = raw_member(text, name);
  if (!body || !(*parsed)[std::string{name}].is_object()) // a name spelt with escapes, say
    return malformed(name, "no object");
  return signed_statement{std::string{*body}, *std::move(signature)};
}

result<void> verify_statement(const signed_statement& statement,
                              const crypto::certificate& signing) {
  if (signing.subject_common_name() != tcb_signing_name)
    return error{errc::untrusted, "signed by \"" + signing.subject() + "\", expected "
                                    + std::string{tcb_signing_name}};
  return signing.key().verify({signature_scheme::ecdsa, hash_algorithm::sha256},
                              to_bytes(statement.body), statement.signature);
}

} // namespace troth::endorsement::intel
