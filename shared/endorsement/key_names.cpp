#include "shared/endorsement/key_names.hpp"

#include "shared/crypto/host_name.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace troth::endorsement {

namespace {

constexpr std::string_view machine_placeholder = "{machine}";
constexpr std::string_view any_label = "*.";

/// Returns a listed host with the machine's name in it; nothing if there is none to put in.
std::string with_machine(std::string_view host, std::string_view machine) {
  std::string out{host};
  const auto at = out.find(machine_placeholder);
  if (at == std::string::npos)
    return out;
  if (machine.empty() || machine.find('.') != std::string_view::npos)
    return {};
  return out.replace(at, machine_placeholder.size(), machine);
}

/// Returns whether `name` is `host`, whose first label may be any.
bool is_listed_as(std::string_view name, std::string_view host) {
  if (!host.starts_with(any_label))
    return !host.empty() && name == host;
  const auto dot = name.find('.');
  return dot != std::string_view::npos && name.substr(dot + 1) == host.substr(any_label.size());
}

bool is_listable(std::string_view host) {
  const auto example = with_machine(host, "m");
  const auto fixed
    = std::string_view{example}.substr(example.starts_with(any_label) ? any_label.size() : 0);
  return crypto::is_host_name(fixed);
}

bool is_in_network(byte_view address, byte_view prefix, unsigned bits) {
  if (address.size() != prefix.size())
    return false;
  for (unsigned bit = 0; bit < bits; ++bit)
    if (((address[bit / 8] ^ prefix[bit / 8]) >> (7 - bit % 8) & 1) != 0)
      return false;
  return true;
}

} // namespace

result<key_names> key_names::make(std::span<const std::string> hosts,
                                  std::span<const std::string> addresses) {
  key_names out;
  for (auto host : hosts) {
    std::ranges::transform(host, host.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (!is_listable(host))
      return error{errc::malformed, "names: \"" + host + "\" is no host name, *.HOST or {machine}"};
    out.hosts_.push_back(std::move(host));
  }
  for (const auto& address : addresses) {
    auto made = make_network(address);
    if (!made)
      return made.error();
    out.networks_.push_back(*std::move(made));
  }
  return out;
}

result<key_names::network> key_names::make_network(const std::string& text) {
  const error none{errc::malformed, "addresses: \"" + text + "\" is no ADDRESS or ADDRESS/BITS"};
  const auto slash = text.find('/');
  network out{crypto::address_bytes(text.substr(0, slash)), 0};
  const auto most = static_cast<unsigned>(8 * out.prefix.size());
  if (most == 0)
    return none;
  out.bits = most;
  if (slash == std::string::npos)
    return out;
  const auto* const end = text.data() + text.size();
  const auto [at, fault] = std::from_chars(text.data() + slash + 1, end, out.bits);
  if (fault != std::errc{} || at != end || out.bits > most)
    return none;
  return out;
}

bool key_names::allows_host(std::string_view name, std::string_view machine) const {
  return std::ranges::any_of(hosts_, [&](const std::string& host) {
    return is_listed_as(name, with_machine(host, machine));
  });
}

bool key_names::allows_address(const std::string& text) const {
  const auto address = crypto::address_bytes(text);
  return !address.empty() && std::ranges::any_of(networks_, [&](const network& each) {
    return is_in_network(address, each.prefix, each.bits);
  });
}

result<void> key_names::check(const crypto::certificate_request& asked,
                              std::string_view machine) const {
  const auto refused = [&](const std::string& name) {
    return error{errc::forbidden, "csr: the name " + name + " is not for "
                                    + (machine.empty() ? "a machine that no certificate names"
                                                       : std::string{machine})};
  };
  if (const auto& name = asked.common_name();
      !name.empty() && !allows_host(name, machine) && !allows_address(name))
    return refused(name);
  for (const auto& name : asked.dns_names())
    if (!allows_host(name, machine))
      return refused(name);
  for (const auto& address : asked.ip_addresses())
    if (!allows_address(address))
      return refused(address);
  return {};
}

} // namespace troth::endorsement
