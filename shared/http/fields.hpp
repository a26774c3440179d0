#pragma once

#include "shared/atls/settings.hpp"

#include <boost/beast/http/fields.hpp>

#include <string_view>

namespace troth::http {

/// What an application reads of who asked it. A field that came with such a name is not passed on,
/// whichever of its letters and of `-` and `_` it was written with.
///
///   `Troth-Peer-Verdict`      `trusted`, or `not-attested` where the mode does not have it
///   `Troth-Peer-Signer`       whose keys signed its evidence, by their certificates
///   `Troth-Peer-Certificate`  SHA-256 of its TLS certificate, in hex, if it showed one
///   `Troth-Peer-Names`        the names in it
///   `Troth-Peer-Address`      `ADDRESS:PORT`
inline constexpr std::string_view peer_prefix = "Troth-Peer-";

/// Takes away what others say of the peer, and says it ourselves.
void tell_peer(boost::beast::http::fields& into, const atls::peer& who);

/// Takes away what others say of the peer.
void forget_peer(boost::beast::http::fields& from);

/// Takes away what is meant for us, and not for who is behind us.
/// @see RFC 9110, section 7.6.1
void remove_hops(boost::beast::http::fields& from);

} // namespace troth::http
