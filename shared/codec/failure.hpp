#pragma once

#include "shared/base/error.hpp"

#include <string>
#include <string_view>

namespace troth::codec {

/// Why a structured text could not be read, and in which member of what it holds. The path
/// grows from the inside to the outside while the readers give up one after the other.
struct failure {
  errc code;
  std::string path;   ///< `context.collateral[0].certs`
  std::string detail; ///< What was got, what was expected.

  /// Puts `member`, e.g. `context` or `[3]`, in front of the path.
  void within(std::string_view member);

  /// Returns `FORMAT.PATH PLACE: DETAIL`, without the parts that are empty.
  error at(std::string_view format, std::string_view place) const;
};

} // namespace troth::codec
