// The verifier process: issues challenges, and appraises the reports that answer them.

#include "services/run.hpp"
#include "services/verifier/wiring.hpp"

int main(int argc, char** argv) {
  using namespace troth;
  const services::identity who{
    {"verifier", "Issues challenges and appraises the reports that answer them.", TROTH_VERSION},
    protocol::role::verifier,
    {protocol::role::gateway, protocol::role::est}, // who dials it
    {}};
  services::common_options defaults;
  defaults.listen = "unix:///run/troth/verifier/link.sock";
  defaults.admin = "127.0.0.1:9712";
  services::verifier_service what;
  return services::run(argc, argv, who, defaults, what);
}
