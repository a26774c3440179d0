#pragma once

#include "shared/atls/connection.hpp"
#include "shared/client/gateway_attester.hpp"
#include "tools/testtool/commands.hpp"

#include <memory>

namespace troth::testtool {

/// What all commands of attested TLS have.
struct attested_side {
  atls::tls_context tls;
  std::shared_ptr<client::gateway_attester> attester; ///< Null if nobody proves itself.
  atls::settings with;
  std::shared_ptr<terminal::exit_code> judged; ///< What the last verdict on a peer came to.
  std::shared_ptr<publisher> results;          ///< Where verdicts go besides.
};

/// Opens what the options say. Each verdict on a peer is printed.
/// @param world must outlive what it returns.
/// @returns what `make_context`, the port for gateways and the appraisers return.
result<attested_side> open_side(atls::side ours, const attested_options& options,
                                const ports& world);

/// How a connection ends the process that was not made: a peer that is not trusted, does not trust
/// us or does not keep to the protocol is a failed attestation.
terminal::exit_code exit_code_for_peer(errc why, terminal::exit_code judged);

} // namespace troth::testtool
