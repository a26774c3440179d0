#include "tools/testtool/keys.hpp"

#include "shared/files/files.hpp"
#include "tools/terminal/text.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace troth::testtool {

namespace {

std::string shown(std::string_view text) {
  return terminal::printable(text, terminal::charset::ascii);
}

result<client::key_calls> open_keys(const client::http_options& at, const ports& world) {
  auto gateway = world.connect(at);
  if (!gateway)
    return gateway.error();
  return (*std::move(gateway)).keys;
}

terminal::exit_code give_up(const ports& world, const error& why) {
  complain(world, why);
  return exit_code_for_refusal(why.code);
}

error not_here(const char* what) {
  return {errc::unsupported, std::string{"this API "} + what + ": use REST"};
}

result<void> write_text(const std::filesystem::path& file, const std::string& text) {
  return files::write(file, to_bytes(text), files::access::everyone);
}

/// Draws the list: a line a key, its columns as wide as they need to be.
std::string draw(const std::vector<wire::tls_key>& keys) {
  std::vector<std::array<std::string, 6>> rows{
    {"ID", "TYPE", "ALGORITHM", "NAME", "OWNER", "UNTIL"}};
  for (const auto& one : keys)
    rows.push_back({shown(one.id), shown(one.kind), shown(one.algorithm), shown(one.common_name),
                    shown(one.owner), shown(one.not_after)});
  std::array<std::size_t, 6> widths{};
  for (const auto& row : rows)
    for (std::size_t n = 0; n < row.size(); ++n)
      widths.at(n) = std::max(widths.at(n), row.at(n).size());
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t n = 0; n + 1 < row.size(); ++n)
      out += row.at(n) + std::string(widths.at(n) - row.at(n).size() + 2, ' ');
    out += row.back() + '\n';
  }
  return out;
}

result<void> list(const client::key_calls& keys, const keys_options& options, const ports& world) {
  if (!keys.list)
    return not_here("has no lists of keys");
  const auto all = keys.list();
  if (!all)
    return all.error();
  world.out << (options.as_json ? wire::write_tls_keys(*all) + '\n' : draw(*all));
  return {};
}

result<void> show_certificate(const client::key_calls& keys, const keys_options& options,
                              const ports& world) {
  if (!keys.certificate)
    return not_here("has no TLS keys");
  const auto chain = keys.certificate(options.id);
  if (!chain)
    return chain.error();
  const auto blocks = wire::split_certificates(*chain);
  if (!blocks)
    return error{errc::io, "the answer: " + to_string(blocks.error())};
  std::string out;
  for (const auto& one : *blocks)
    out += one;
  if (!options.out.empty())
    return write_text(options.out, out);
  world.out << out;
  return {};
}

result<void> rotate(const client::key_calls& keys, const keys_options& options,
                    const ports& world) {
  if (!keys.rotate)
    return not_here("rotates no keys");
  const auto made = keys.rotate(options.id);
  if (!made)
    return made.error();
  world.out << shown(made->id) << " is another key, until " << shown(made->not_after) << '\n';
  return {};
}

result<void> erase(const client::key_calls& keys, const keys_options& options, const ports&) {
  if (!keys.erase)
    return not_here("deletes no keys");
  return keys.erase(options.id);
}

} // namespace

terminal::exit_code enrol_key(const enrol_key_options& options, const ports& world) {
  const auto keys = open_keys(options.gateway, world);
  const auto id = !keys          ? result<std::string>{keys.error()}
                  : keys->create ? keys->create(options.wanted)
                                 : result<std::string>{not_here("has no TLS keys")};
  if (!id)
    return give_up(world, id.error());
  world.out << shown(*id) << std::endl; // the key is there, whatever becomes of the rest
  if (options.out.empty())
    return terminal::good;
  const auto chain = keys->certificate(*id);
  const auto written = chain ? write_text(options.out, *chain) : result<void>{chain.error()};
  return written ? terminal::good : give_up(world, written.error());
}

terminal::exit_code manage_keys(const keys_options& options, const ports& world) {
  constexpr std::array tasks{list, show_certificate, rotate, erase};
  const auto keys = open_keys(options.gateway, world);
  const auto done = keys ? tasks.at(static_cast<std::size_t>(options.task))(*keys, options, world)
                         : result<void>{keys.error()};
  return done ? terminal::good : give_up(world, done.error());
}

} // namespace troth::testtool
