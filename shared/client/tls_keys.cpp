#include "shared/client/tls_keys.hpp"

#include "shared/base/base64.hpp"
#include "shared/client/rest.hpp"
#include "shared/wire/key_orders.hpp"
#include "shared/wire/requests.hpp"

#include <openssl/types.h>

#include <algorithm>
#include <utility>

namespace troth::client {

namespace {

using protocol::tls_key_request;

constexpr const char* all_keys = "/v1/keys";

/// An id stands in a path: what is not of an id's form must not make another path of it.
result<std::string> path_of(const std::string& id, const char* behind = "") {
  const auto is_of_id = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  };
  if (id.empty() || !std::ranges::all_of(id, is_of_id))
    return error{errc::malformed, "key: no id: " + id};
  return std::string{all_keys} + '/' + id + behind;
}

http_request key_request(const char* method, std::string path, std::string_view accept,
                         std::string body = {}) {
  std::string type{body.empty() ? std::string_view{} : wire::json_media_type};
  return {method, std::move(path), std::string{accept}, std::move(type), std::move(body)};
}

error no_key(const std::string& path, const std::string& why) {
  return {errc::io, path + ": no key in the answer: " + why};
}

result<wire::tls_key> read_key(const std::string& path, const result<bytes>& answer) {
  if (!answer)
    return answer.error();
  auto keys = wire::read_tls_keys(R"({"keys":[)" + to_text(*answer) + "]}");
  if (!keys || keys->size() != 1)
    return no_key(path, keys ? "several" : to_string(keys.error()));
  return keys->front();
}

result<std::vector<wire::tls_key>> list_keys(const http_send& send) {
  const auto answer = exchange_rest(send, key_request("GET", all_keys, wire::json_media_type), 200);
  if (!answer)
    return answer.error();
  auto keys = wire::read_tls_keys(to_text(*answer));
  if (!keys)
    return no_key(all_keys, to_string(keys.error()));
  return keys;
}

result<std::string> create_key(const http_send& send, const key_order& wanted) {
  tls_key_request order;
  order.kind = wanted.kind;
  order.algorithm = wanted.algorithm;
  order.common_name = wanted.common_name;
  order.dns_names = wanted.dns_names;
  order.ip_addresses = wanted.ip_addresses;
  const auto asked = key_request("POST", all_keys, wire::json_media_type,
                                 wire::write_key_order(order));
  const auto made = read_key(all_keys, exchange_rest(send, asked, 201));
  if (!made)
    return made.error();
  return made->id;
}

result<std::string> show_certificate(const http_send& send, const std::string& id) {
  const auto path = path_of(id);
  if (!path)
    return path.error();
  const auto answer = exchange_rest(send, key_request("GET", *path, wire::pem_chain_media_type),
                                    200);
  if (!answer)
    return answer.error();
  return to_text(*answer);
}

result<bytes> sign_with_key(const http_send& send, const std::string& id, hash_algorithm hash,
                            byte_view digest) {
  const auto path = path_of(id, "/signatures");
  if (!path)
    return path.error();
  tls_key_request order;
  order.hash = name(hash);
  order.digest = protocol::to_blob(digest);
  return exchange_rest(send,
                       key_request("POST", *path, "application/octet-stream",
                                   wire::write_signature_order(order)),
                       200);
}

} // namespace

key_calls keys_over_rest(http_send send) {
  key_calls out;
  out.list = [send] { return list_keys(send); };
  out.create = [send](const key_order& wanted) { return create_key(send, wanted); };
  out.certificate = [send](const std::string& id) { return show_certificate(send, id); };
  out.sign = [send](const std::string& id, hash_algorithm hash, byte_view digest) {
    return sign_with_key(send, id, hash, digest);
  };
  out.rotate = [send](const std::string& id) -> result<wire::tls_key> {
    const auto path = path_of(id, "/rotation");
    if (!path)
      return path.error();
    return read_key(*path,
                    exchange_rest(send, key_request("POST", *path, wire::json_media_type), 200));
  };
  out.erase = [send](const std::string& id) -> result<void> {
    const auto path = path_of(id);
    if (!path)
      return path.error();
    const auto answer = exchange_rest(send, key_request("DELETE", *path, wire::json_media_type),
                                      200);
    return answer ? result<void>{} : answer.error();
  };
  return out;
}

remote_signer signer_with(const key_calls& keys, std::string id) {
  return
    [sign = keys.sign, id = std::move(id)](hash_algorithm hash, byte_view digest) -> result<bytes> {
      if (!sign)
        return error{errc::unsupported, "the TLS key " + id + ": this API signs with none"};
      auto made = sign(id, hash, digest);
      if (!made)
        return error{made.error().code, "the TLS key " + id + ": " + made.error().where};
      return made;
    };
}

result<std::function<result<void>(SSL_CTX*)>>
use_key_of(const key_calls& keys, const std::string& id,
           std::function<void(const error&)> on_failure) {
  const auto ask = [certificate = keys.certificate, id]() -> result<std::string> {
    if (!certificate)
      return error{errc::unsupported, "the TLS key " + id + ": this API has no TLS keys"};
    auto chain = certificate(id);
    if (!chain)
      return error{chain.error().code, "the TLS key " + id + ": " + chain.error().where};
    return chain;
  };
  auto chain = ask();
  if (!chain)
    return chain.error();
  return std::function<result<void>(SSL_CTX*)>{
    [chain = *std::move(chain), sign = signer_with(keys, id), on_failure = std::move(on_failure),
     ask](SSL_CTX* context) {
      return use_remote_key(context, {chain, sign, on_failure, ask});
    }};
}

} // namespace troth::client
