#include "actors/key_keeper.hpp"

#include "actors/tls_key_questions.hpp"
#include "actors/tls_key_shelf.hpp"
#include "actors/tls_key_values.hpp"
#include "actors/tls_key_workshop.hpp"
#include "shared/protocol/ask.hpp"
#include "shared/protocol/deadline.hpp"
#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace troth::actors {

namespace {

using namespace protocol;
using namespace std::chrono_literals;

using renewal_atom = caf::atom_constant<caf::atom("renewal")>;
using keeper_handle = key_keeper_actor::extend<caf::reacts_to<renewal_atom>>;

constexpr std::chrono::seconds sign_time{30};

constexpr const char* json_type = "application/json";
constexpr const char* chain_type = "application/pem-certificate-chain";
constexpr const char* signature_type = "application/octet-stream";

payload payload_of(const char* type, blob body) {
  const auto size = body.size();
  return {type, std::move(body), {}, size};
}

class key_keeper {
public:
  key_keeper(keeper_handle::pointer self, const key_keeper_options& options,
             const key_keeper_ports& ports)
    : self_(self), options_(options), ports_(std::make_shared<const key_keeper_ports>(ports)),
      shelf_(ports.folder, [note = ports.note](const std::string& what) { note(what, {}); }),
      workshop_(options, ports_, shelf_, [this](const tls_key_patience& within) {
        return tls_key_questions<std::remove_pointer_t<keeper_handle::pointer>>::make(self_, ports_,
                                                                                      within);
      }) {
    shelf_.load();
  }

  caf::result<payload> answer(const tls_key_request& request, const request_context& of) {
    if (request.action == tls_key_action::list)
      return list(request);
    if (request.action == tls_key_action::create)
      return create(request, of);
    const auto does = std::ranges::find(actions_of_one, request.action, &action_of_one::name);
    if (does == actions_of_one.end())
      return to_caf({errc::unsupported, "action: expected one of a TLS key"});
    if (request.id.empty())
      return to_caf({errc::missing, "id"});
    const auto* const key = find_for(request);
    if (key == nullptr)
      return to_caf({errc::not_found, "TLS key"});
    return (this->*does->perform)(*key, request, of);
  }

  /// Renews what is due, one key after the other, and looks again after a pause.
  void renew() {
    workshop_.renew(
      [this] { self_->delayed_send(self_, options_.renewal_pause, renewal_atom::value); });
  }

private:
  using perform = caf::result<payload> (key_keeper::*)(const tls_key_record&,
                                                       const tls_key_request&,
                                                       const request_context&);
  struct action_of_one {
    std::string_view name;
    key_keeper::perform perform;
  };
  static const std::array<action_of_one, 4> actions_of_one;

  /// Returns the key that a request is about, if the caller may know of it; else null.
  const tls_key_record* find_for(const tls_key_request& request) const {
    const auto* const key = shelf_.find(request.id);
    const auto may_be_others = request.is_of_all && request.action != tls_key_action::sign;
    const auto is_open = key != nullptr && (may_be_others || key->as.owner == request.caller);
    return is_open ? key : nullptr;
  }

  payload list(const tls_key_request& request) const {
    std::vector<const tls_key_record*> out;
    for (const auto& [id, key] : shelf_.all())
      if (request.is_of_all || key.as.owner == request.caller)
        out.push_back(&key);
    return payload_of(json_type, describe_tls_keys(out));
  }

  caf::result<payload> certificate(const tls_key_record& key, const tls_key_request&,
                                   const request_context&) {
    return payload_of(chain_type, pem_of(key.chain));
  }

  caf::result<payload> erase(const tls_key_record& key, const tls_key_request& request,
                             const request_context& of) {
    const auto id = key.id;
    if (const auto erased = shelf_.erase(id); !erased)
      return to_caf(erased.error());
    ports_->note("erased the TLS key " + id, of);
    return list(request);
  }

  caf::result<payload> sign(const tls_key_record& key, const tls_key_request& request,
                            const request_context& of) {
    const auto what = read_tls_digest(request.hash, request.digest);
    if (!what)
      return to_caf(what.error());
    if (key.in_file) {
      const auto signature = key.in_file->sign_for_tls(*what);
      if (!signature)
        return to_caf(signature.error());
      return payload_of(signature_type, to_blob(*signature));
    }
    if (signing_ >= options_.max_signing)
      return to_caf({errc::exhausted, "TLS keys: too many signatures at a time"});
    const auto left = time_left(request.deadline_ms, ports_->now(), sign_time);
    if (left == 0ms)
      return to_caf({errc::timeout, "TLS keys: the deadline has passed"});
    ++signing_;
    auto promise = self_->make_response_promise<payload>();
    protocol::ask<blob>(
      self_, ports_->driver, left,
      [this, promise](blob& signature) mutable {
        --signing_;
        promise.deliver(payload_of(signature_type, std::move(signature)));
      },
      [this, promise](const caf::error& why) mutable {
        --signing_;
        promise.deliver(to_caf(from_peer(why, "driver")));
      },
      sign_atom::value, key.in_tpm, request.hash, request.digest, of);
    return promise;
  }

  caf::result<payload> create(const tls_key_request& request, const request_context& of) {
    auto wish = read_tls_key_wish(request);
    if (!wish)
      return to_caf(wish.error());
    constexpr std::size_t uuid_bytes = 16;
    const auto drawn = ports_->random(uuid_bytes);
    if (!drawn)
      return to_caf(drawn.error());
    return make_for(request, make_uuid(*drawn), *std::move(wish), of);
  }

  caf::result<payload> rotate(const tls_key_record& key, const tls_key_request& request,
                              const request_context& of) {
    return make_for(request, key.id, key.as, of);
  }

  /// Makes a key, and answers with it once it is kept.
  caf::result<payload> make_for(const tls_key_request& request, const std::string& id,
                                tls_key_wish wish, const request_context& of) {
    const auto left = time_left(request.deadline_ms, ports_->now(), options_.time);
    if (left == 0ms)
      return to_caf({errc::timeout, "TLS keys: the deadline has passed"});
    if (const auto free = workshop_.check_can_make(id); !free)
      return to_caf(free.error());
    auto promise = self_->make_response_promise<payload>();
    workshop_.make(id, std::move(wish), {of, to_unix_ms(ports_->now() + left)},
                   [this, promise, id](const result<void>& made) mutable {
                     if (made)
                       promise.deliver(payload_of(json_type, describe_tls_keys({shelf_.find(id)})));
                     else
                       promise.deliver(to_caf(made.error()));
                   });
    return promise;
  }

  keeper_handle::pointer self_;
  const key_keeper_options options_;
  const std::shared_ptr<const key_keeper_ports> ports_;
  tls_key_shelf shelf_;
  tls_key_workshop workshop_;
  std::size_t signing_ = 0; // signatures that the driver has not given yet
};

const std::array<key_keeper::action_of_one, 4> key_keeper::actions_of_one{{
  {tls_key_action::certificate, &key_keeper::certificate},
  {tls_key_action::sign, &key_keeper::sign},
  {tls_key_action::rotate, &key_keeper::rotate},
  {tls_key_action::erase, &key_keeper::erase},
}};

keeper_handle::behavior_type keep_keys(keeper_handle::pointer self,
                                       const key_keeper_options& options,
                                       const key_keeper_ports& ports) {
  const auto own = std::make_shared<key_keeper>(self, options, ports);
  self->send(self, renewal_atom::value);
  return {
    [own](tls_keys_atom, const tls_key_request& request, const request_context& of) {
      return own->answer(request, of);
    },
    [own](renewal_atom) { own->renew(); },
  };
}

} // namespace

key_keeper_actor spawn_key_keeper(caf::actor_system& system, key_keeper_options options,
                                  key_keeper_ports ports) {
  return system.spawn<caf::detached>(keep_keys, std::move(options), std::move(ports));
}

key_keeper_actor spawn_key_keeper_shared(caf::actor_system& system, key_keeper_options options,
                                         key_keeper_ports ports) {
  return system.spawn(keep_keys, std::move(options), std::move(ports));
}

} // namespace troth::actors
