#include "tools/terminal/exit_code.hpp"

namespace troth::terminal {

exit_code exit_code_for(errc why) noexcept {
  switch (why) {
  case errc::unauthenticated:
  case errc::forbidden:
  case errc::untrusted:
    return exit_code::authentication;
  case errc::internal:
    return exit_code::internal;
  case errc::not_found: // a file, or a route: the world lacks it
    return exit_code::io;
  default:
    return blames_input(why) ? exit_code::usage : exit_code::io;
  }
}

} // namespace troth::terminal
