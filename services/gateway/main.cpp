// The gateway process: REST in front, provers and verifiers behind.

#include "services/gateway/gateway.hpp"

int main(int argc, char** argv) {
  using namespace troth;
  const services::identity who{
    {"gateway", "Serves the REST API: challenges, attestations, appraisals.", TROTH_VERSION},
    protocol::role::gateway,
    {},
    {protocol::role::prover, protocol::role::verifier}};
  services::common_options defaults;
  defaults.admin = "127.0.0.1:9710";
  services::gateway gateway;
  return services::run(argc, argv, who, defaults, gateway);
}
