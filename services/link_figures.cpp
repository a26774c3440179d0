#include "services/link_figures.hpp"

#include <string>
#include <utility>

namespace troth::services {

void link_figures::refresh() {
  const std::lock_guard lock{mutex_};
  const auto now = from_.read();
  for (const auto& [role, is] : now.roles) {
    const auto& was = told_.roles[role];
    to_.set("troth_link_connections", "Links that are open", {{"role", role}},
            static_cast<double>(is.connections));
    to_.set("troth_link_requests_outstanding", "Requests that peers have not answered yet",
            {{"role", role}}, static_cast<double>(is.outstanding));
    to_.count("troth_link_connections_total", "Links that were made", {{"role", role}},
              static_cast<double>(is.opened - was.opened));
    for (const auto& [direction, size] :
         {std::pair{"received", is.received_bytes - was.received_bytes},
          std::pair{"sent", is.sent_bytes - was.sent_bytes}})
      to_.count("troth_link_bytes_total", "Bytes on links, without those of TLS",
                {{"role", role}, {"direction", direction}}, static_cast<double>(size));
  }
  for (const auto& [reason, count] : now.handshakes)
    to_.count("troth_link_handshakes_refused_total", "Connections that did not become a link",
              {{"reason", reason}}, static_cast<double>(count - told_.handshakes[reason]));
  for (const auto& [of, count] : now.frames)
    to_.count("troth_link_frames_refused_total", "Frames of peers that were kept from CAF",
              {{"role", of.first}, {"rule", of.second}},
              static_cast<double>(count - told_.frames[of]));
  to_.set("troth_link_files_unusable",
          "1: a file of tls.* cannot be used as it is now, and what was read before is", {},
          now.has_unusable_files ? 1 : 0);
  told_ = now;
}

} // namespace troth::services
