#include "shared/protocol/untouched.hpp"

#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>

#include <string>

namespace troth::protocol {

caf::error untouched() {
  const auto end = caf::make_error(caf::exit_reason::user_shutdown);
  return {end.code(), end.category(), caf::make_message(std::string{"untouched"})};
}

bool is_untouched(const caf::error& what) {
  return what == caf::sec::request_receiver_down
         || (what == caf::exit_reason::user_shutdown
             && what.context().match_elements<std::string>());
}

} // namespace troth::protocol
