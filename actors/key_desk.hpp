#pragma once

#include "actors/host.hpp"
#include "actors/key_authority.hpp"
#include "shared/protocol/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace troth::actors {

/// What the part of an EST server that certifies TLS keys needs.
struct key_desk_ports {
  std::shared_ptr<key_authority> authority;
  protocol::verifier_actor verifier; ///< Who appraises the reports of those who enrol.
  std::string policy;                ///< By which; empty: the verifier's default.
  std::function<time_point()> now;
  std::chrono::milliseconds appraisal_time{20'000};
  std::size_t max_under_way = 64; ///< Appraisals at a time.
};

/// The part of an EST server that certifies TLS keys: it asks a verifier, and answers when that
/// has. Belongs to one actor.
class key_desk {
public:
  key_desk(protocol::est_actor::pointer self, std::shared_ptr<host> hosting, key_desk_ports ports,
           std::function<void(const std::string&)> note);

  caf::result<protocol::challenge> challenge();
  caf::result<protocol::payload> enrol(protocol::key_enrol_request& request,
                                       const protocol::request_context& of);
  caf::result<protocol::payload> ca();

  /// Asks whether the verifier and the CA are ready, too. @param so_far of everything else.
  caf::result<protocol::readiness> ready(protocol::readiness so_far);

private:
  using promise = caf::typed_response_promise<protocol::payload>;

  result<key_authority::candidate> admit(const protocol::key_enrol_request& request,
                                         const result<protocol::blob>& report);
  void ask_verifier(const key_authority::candidate& one, protocol::payload report, promise to,
                    const protocol::request_context& of);
  void conclude(const key_authority::candidate& one, const result<std::string>& chain, promise to,
                const protocol::request_context& of);

  protocol::est_actor::pointer self_;
  std::shared_ptr<host> host_;
  key_desk_ports ports_;
  std::function<void(const std::string&)> note_;
  std::size_t under_way_ = 0;
};

} // namespace troth::actors
