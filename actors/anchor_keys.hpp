#pragma once

#include "shared/base/result.hpp"
#include "shared/device/anchor.hpp"
#include "shared/protocol/messages.hpp"

#include <memory>
#include <string>
#include <vector>

// What a driver does with TLS keys: the first of its anchors that makes any does it.

namespace troth::actors {

using anchor_list = std::vector<std::shared_ptr<device::anchor>>;

/// @returns as `driver_actor` to `make_key`.
result<protocol::anchor_key> make_anchor_key(const anchor_list& anchors,
                                             const std::string& algorithm);

/// @returns as `driver_actor` to `certify_key`.
result<protocol::key_certification> certify_anchor_key(const anchor_list& anchors,
                                                       const protocol::anchor_key& key,
                                                       const protocol::blob& nonce);

/// @returns as `driver_actor` to `sign`.
result<protocol::blob> sign_with_anchor_key(const anchor_list& anchors,
                                            const protocol::anchor_key& key,
                                            const std::string& hash, const protocol::blob& digest);

} // namespace troth::actors
