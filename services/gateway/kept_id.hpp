#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace troth::services {

/// Returns the SHA-256 of texts that hold no NUL, but for the last, in hex: names what verifiers
/// keep for one caller, so that nobody else can.
std::string digest_of(std::initializer_list<std::string_view> parts);

} // namespace troth::services
