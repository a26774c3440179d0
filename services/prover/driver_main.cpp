// The driver process: owns a trust anchor, and answers its prover.

#include "actors/driver.hpp"
#include "actors/enrolment_registry.hpp"
#include "services/http/trace.hpp"
#include "services/ports.hpp"
#include "services/prover/azure_machine.hpp"
#include "services/prover/pcr_list.hpp"
#include "services/run.hpp"
#include "shared/collateral/amd_key_server.hpp"
#include "shared/collateral/azure_metadata.hpp"
#include "shared/device/aesm.hpp"
#include "shared/device/intel_anchor.hpp"
#include "shared/device/logs.hpp"
#include "shared/device/quote_service.hpp"
#include "shared/device/snp_anchor.hpp"
#include "shared/device/sw_anchor.hpp"
#include "shared/device/tpm_anchor.hpp"
#include "shared/device/tpm_esys.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace troth;

constexpr std::chrono::seconds key_server_patience{20};
constexpr std::chrono::seconds quote_service_patience{20};

const services::identity who{
  {"driver", "Owns one trust anchor, and gives evidence from it to a prover.", TROTH_VERSION},
  protocol::role::driver,
  {protocol::role::prover},
  {protocol::role::est}};

/// Names this run of the machine: what was measured in another one is no more.
std::string boot_id() {
  const auto text = files::read("/proc/sys/kernel/random/boot_id", 64);
  return text ? to_text(*text) : std::string{};
}

class driver_service final : public services::service {
public:
  void define(services::configuration& keys) override {
    keys.add("anchor", anchor_, {"tpm", "snp", "sgx", "tdx", "azure", "sw"},
             "What signs: a TPM, the platform of an SNP, SGX or TDX guest, both of a confidential "
             "machine on Azure, or a key in a file");
    keys.add("attachCollateral", attach_collateral_,
             "Whether evidence goes with what the vendor says of the silicon; else the verifier "
             "finds that itself");
    keys.add("azure.source", azure_source_, {"vtpm", "recorded", "simulated-snp", "simulated-tdx"},
             "Where reports of Azure's hardware come from: its TPM, at tpm.tcti; a simulated one "
             "proves nothing");
    keys.add("azure.path", azure_path_,
             "The folder of what is recorded (hcl_report.bin, quote.bin) or simulated; empty: in "
             "the state's");
    keys.add("azure.metadataService", metadata_service_,
             "URL of the service that makes TD quotes, and hands out VCEKs where snp.certificates "
             "and snp.keyServer are empty");
    keys.add("intel.source", intel_source_,
             {"aesm", "configfs", "guest-device", "recorded", "simulated"},
             "Where SGX and TDX quotes come from; a simulated one proves nothing");
    keys.add("intel.path", intel_path_,
             "The request's folder in configfs, the device, or the folder of what is recorded "
             "(quote.bin and collateral) or simulated; empty: where it usually is");
    keys.add("intel.quoteService", quote_service_,
             "Who makes quotes of what the processor reports: unix:PATH or vsock:CID:PORT; empty: "
             "where it usually is");
    keys.add("intel.collateral", intel_collateral_,
             "Folder of what Intel says of the platform: TCB info, QE identity, revocation lists");
    keys.add("intel.eventLog", intel_log_,
             "Event log of a TD; empty: reference values tell what its registers hold");
    keys.add("snp.source", snp_source_, {"configfs", "guest-device", "recorded", "simulated"},
             "Where SNP reports come from; a simulated one proves nothing");
    keys.add("snp.path", snp_path_,
             "The request's folder in configfs, the device, or the folder of what is recorded "
             "(report.bin, certificates.bin) or simulated; empty: where it usually is");
    keys.add("snp.vmpl", snp_vmpl_, {0, 3}, "The privilege level that SNP reports are asked for");
    keys.add("snp.certificates", snp_certificates_,
             "PEM files: VCEK and ASK, or VLEK and ASVK; none: what the host hands out");
    keys.add(
      "snp.keyServer", snp_key_server_,
      "URL of AMD's key server, asked for what the host does not hand out; empty: nobody is");
    keys.add("tpm.tcti", tcti_, "How to reach the TPM, e.g. swtpm:host=127.0.0.1,port=2331");
    keys.add("tpm.keyAlgorithm", algorithm_, {"ecc-p256", "rsa-2048"},
             "Of the attestation key that is made");
    keys.add("tpm.pcrs", pcrs_, "Registers that are quoted, e.g. 0-7, 10 and not !5");
    keys.add("tpm.bank", bank_, {"sha256", "sha384"}, "Of the registers");
    keys.add("logs.boot", boot_log_, "The kernel's copy of the firmware's event log");
    keys.add("logs.ima", ima_list_, "The kernel's list of measured files");
    keys.add("containers.pcr", container_pcr_, {0, 15},
             "Register in which containers are measured, among tpm.pcrs and for nothing else; 0: "
             "none are");
    keys.add("est", est_, "Address of who certifies the attestation key");
  }

  result<void> prepare(const services::common_options& chosen) override {
    state_ = chosen.state;
    if (anchor_ == "sgx" && (intel_source_ == "configfs" || intel_source_ == "guest-device"))
      return error{errc::unsupported,
                   "intel.source: " + intel_source_ + " has no quotes of enclaves"};
    if (anchor_ == "tdx" && intel_source_ == "aesm")
      return error{errc::unsupported, "intel.source: aesm has no quotes of trust domains"};
    if (quote_service_.empty())
      quote_service_ = anchor_ == "sgx" ? "unix:/var/run/aesmd/aesm.socket" : "vsock:2:4050";
    if (const auto read = device::parse_quote_service_address(quote_service_); !read)
      return error{read.error().code, "intel.quoteService: " + read.error().where};
    if (anchor_ == "sgx" || anchor_ == "tdx")
      return {};
    if (anchor_ == "snp" || anchor_ == "azure")
      if (const auto read = read_snp_certificates(); !read)
        return read;
    if (anchor_ == "snp" || anchor_ == "sw")
      return {};
    if (anchor_ == "tpm" && est_.empty())
      return error{errc::missing, "est"};
    if (anchor_ == "tpm" && !actors::is_machine_name(chosen.name))
      return error{errc::malformed, "name: expected 1 to 57 of a-z 0-9 . - _, got " + chosen.name};
    const auto pcrs = services::parse_pcr_list(pcrs_);
    if (!pcrs)
      return pcrs.error();
    if (pcrs->empty())
      return error{errc::missing, "tpm.pcrs"};
    selection_.bank = bank_ == "sha384" ? hash_algorithm::sha384 : hash_algorithm::sha256;
    selection_.indices = *pcrs;
    if (container_pcr_ != 0 && !std::ranges::count(*pcrs, container_pcr_))
      return error{errc::malformed, "containers.pcr: not among tpm.pcrs"};
    return {};
  }

  std::vector<services::dialled_address> dials() const override {
    if (anchor_ != "tpm")
      return {};
    return {{"est", est_}};
  }

  std::size_t threads() const override { return 1; }

  result<void> start(services::node& on) override {
    auto made = make_anchors(on);
    if (!made)
      return made.error();
    protocol::est_actor est;
    if (anchor_ == "tpm")
      est = on.keep("est peer", [&on, at = est_] {
        return actors::spawn_est_peer(on.system(),
                                      on.peer_options("est", {at}, protocol::role::est),
                                      on.peer_ports("est"));
      });
    const auto note = [&on](const std::string& what, const protocol::request_context& of) {
      on.log().info("anchor", {{"what", what},
                               {"request", of.id},
                               {"trace", services::http::trace_id(of.trace)}});
    };
    const actors::driver_ports ports{*std::move(made), est, services::kernel_random, note};
    return on.publish(on.keep("driver", [&on, ports] {
      return actors::spawn_driver(on.system(), {on.host_options(), on.chosen().name}, ports);
    }));
  }

private:
  using anchors = std::vector<std::shared_ptr<device::anchor>>;

  result<anchors> make_anchors(services::node& on) const {
    if (anchor_ == "azure")
      return make_azure_anchors(on);
    auto made = anchor_ == "sw"    ? device::make_sw_anchor(state_, boot_id())
                : anchor_ == "snp" ? make_snp_anchor(on)
                : anchor_ == "sgx" ? make_intel_anchor(on, device::intel_tee::sgx)
                : anchor_ == "tdx" ? make_intel_anchor(on, device::intel_tee::tdx)
                                   : device::make_tpm_anchor(quoted_registers(), tpm_ports(on));
    if (!made)
      return made.error();
    anchors out;
    out.push_back(*std::move(made));
    return out;
  }

  result<anchors> make_azure_anchors(services::node& on) const {
    const auto is_simulated = azure_source_.starts_with("simulated");
    if (is_simulated)
      on.log().warning("azure", {{"what", "simulated: its reports prove nothing"}});
    device::azure_endorsements vouched_by;
    vouched_by.snp = snp_chain_;
    auto endorser = make_snp_endorser(azure_source_ != "vtpm");
    if (!endorser)
      return endorser.error();
    vouched_by.endorser = *std::move(endorser);
    vouched_by.intel = [folder = std::filesystem::path{intel_collateral_}] {
      return device::read_intel_collateral(folder);
    };
    const auto path = azure_path_.empty() ? state_ / (azure_source_ + "-azure")
                                          : std::filesystem::path{azure_path_};
    return services::make_azure_anchors({azure_source_, path, metadata_service_, endorsements()},
                                        quoted_registers(), tpm_ports(on), std::move(vouched_by));
  }

  device::tpm_choices quoted_registers() const {
    device::tpm_choices choices;
    choices.algorithm = algorithm_ == "rsa-2048" ? device::key_algorithm::rsa_2048
                                                 : device::key_algorithm::ecc_p256;
    choices.pcrs = selection_;
    choices.state = state_;
    choices.boot = boot_id();
    if (container_pcr_ != 0)
      choices.container_pcr = static_cast<std::uint32_t>(container_pcr_);
    return choices;
  }

  device::tpm_anchor_ports tpm_ports(services::node& on) const {
    const device::log_paths paths{boot_log_, ima_list_};
    return {[tcti = tcti_] { return device::open_tpm(tcti); },
            [paths] { return device::read_logs(paths); }, services::system_now,
            [&on](const std::string& what) {
              on.log().warning("tpm", {{"what", what}});
            }};
  }

  device::endorsements endorsements() const {
    return attach_collateral_ ? device::endorsements::carried : device::endorsements::left_out;
  }

  result<void> read_snp_certificates() {
    constexpr std::size_t max_bytes = std::size_t{64} * 1024;
    for (const auto& file : snp_certificates_) {
      const auto content = files::read(file, max_bytes);
      if (!content)
        return content.error();
      const auto read = crypto::certificate::from_pem(to_text(*content));
      if (!read)
        return error{read.error().code, file + ": " + read.error().where};
      snp_chain_.insert(snp_chain_.end(), read->begin(), read->end());
    }
    return {};
  }

  result<std::unique_ptr<device::snp_source>> make_snp_source() const {
    const auto at = [&](std::filesystem::path usual) {
      return snp_path_.empty() ? std::move(usual) : std::filesystem::path{snp_path_};
    };
    const auto vmpl = static_cast<std::uint32_t>(snp_vmpl_);
    if (snp_source_ == "simulated")
      return device::make_simulated_source(at(state_ / "simulated-snp"), services::system_now());
    if (snp_source_ == "recorded") {
      const auto folder = at(state_ / "recorded-snp");
      std::error_code ignored;
      const auto table = folder / "certificates.bin";
      return device::make_recorded_source(folder / "report.bin",
                                          std::filesystem::exists(table, ignored) ? table : "");
    }
    if (snp_source_ == "guest-device")
      return device::make_guest_device_source(at("/dev/sev-guest"), vmpl);
    return device::make_configfs_source(at("/sys/kernel/config/tsm/report/troth"), vmpl);
  }

  result<std::unique_ptr<device::anchor>> make_snp_anchor(services::node& on) const {
    auto source = make_snp_source();
    if (!source)
      return source.error();
    if (snp_source_ == "simulated")
      on.log().warning("snp", {{"what", "simulated: its reports prove nothing"}});
    auto endorser = make_snp_endorser(snp_source_ == "recorded" || snp_source_ == "simulated");
    if (!endorser)
      return endorser.error();
    return device::make_snp_anchor(*std::move(source), snp_chain_, *std::move(endorser),
                                   endorsements());
  }

  /// @returns null without a key server.
  result<device::snp_endorser> make_snp_endorser(bool may_be_played) const {
    if (snp_key_server_.empty())
      return device::snp_endorser{};
    auto get = collateral::open_http(snp_key_server_, key_server_patience);
    if (!get)
      return error{get.error().code, "snp.keyServer: " + get.error().where};
    collateral::depot_ports ports{{{collateral::service::amd, *get}}, services::system_now};
    if (may_be_played)
      ports.trust.reset(); // whose word it is, the verifier decides
    const auto depot = std::make_shared<collateral::depot>(state_ / "key-server",
                                                           collateral::choices{}, std::move(ports));
    return device::snp_endorser{
      [depot](const auto& report) { return vcek_chain_for(report, *depot); }};
  }

  result<std::unique_ptr<device::anchor>> make_intel_anchor(services::node& on,
                                                            device::intel_tee tee) const {
    const auto at = [&](std::filesystem::path usual) {
      return intel_path_.empty() ? std::move(usual) : std::filesystem::path{intel_path_};
    };
    if (intel_source_ == "recorded")
      return device::make_intel_anchor(
        tee, device::make_recorded_intel_source(at(state_ / ("recorded-" + anchor_))), intel_log_,
        endorsements());
    if (intel_source_ == "configfs")
      return device::make_intel_anchor(
        tee,
        device::make_configfs_source(
          device::make_configfs_source(at("/sys/kernel/config/tsm/report/troth"), std::nullopt),
          intel_collateral_),
        intel_log_, endorsements());
    if (intel_source_ == "aesm")
      return device::make_intel_anchor(
        tee,
        device::make_aesm_source(device::make_gramine_reporter(at("/dev/attestation")),
                                 *device::parse_quote_service_address(quote_service_),
                                 quote_service_patience, intel_collateral_),
        intel_log_, endorsements());
    if (intel_source_ == "guest-device")
      return device::make_intel_anchor(
        tee,
        device::make_quote_service_source(device::make_tdx_guest_device(at("/dev/tdx_guest")),
                                          *device::parse_quote_service_address(quote_service_),
                                          quote_service_patience, intel_collateral_),
        intel_log_, endorsements());
    auto source = device::make_simulated_source(at(state_ / ("simulated-" + anchor_)), tee,
                                                services::system_now());
    if (!source)
      return source.error();
    on.log().warning(anchor_, {{"what", "simulated: its quotes prove nothing"}});
    return device::make_intel_anchor(tee, *std::move(source), intel_log_, endorsements());
  }

  std::string anchor_ = "tpm";
  bool attach_collateral_ = true;
  std::string azure_source_ = "vtpm";
  std::string azure_path_;
  std::string metadata_service_{collateral::azure_metadata_service};
  std::string intel_source_ = "configfs";
  std::string quote_service_;
  std::string intel_path_;
  std::string intel_collateral_;
  std::string intel_log_;
  std::string tcti_ = "device:/dev/tpmrm0";
  std::string algorithm_ = "ecc-p256";
  std::vector<std::string> pcrs_{"0-10", "14"};
  std::string bank_ = "sha256";
  std::string boot_log_ = device::log_paths{}.boot;
  std::string ima_list_ = device::log_paths{}.ima;
  std::uint64_t container_pcr_ = 0;
  std::string est_;
  std::string snp_source_ = "configfs";
  std::string snp_path_;
  std::uint64_t snp_vmpl_ = 0;
  std::vector<std::string> snp_certificates_;
  std::string snp_key_server_;
  std::vector<crypto::certificate> snp_chain_;
  std::filesystem::path state_;
  device::pcr_set selection_{hash_algorithm::sha256, {}};
};

} // namespace

int main(int argc, char** argv) {
  device::quiet_tpm_library(); // before there are threads
  services::common_options defaults;
  defaults.listen = "unix:///run/troth/driver/link.sock";
  defaults.admin = "127.0.0.1:9714";
  driver_service driver;
  return services::run(argc, argv, who, defaults, driver);
}
