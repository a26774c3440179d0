#include "shared/base/hex.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/simulated.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "tools/testtool/inspect.hpp"

namespace troth::testtool {

namespace {

using terminal::sheet;

void show_vek(sheet& out, const endorsement::vek_extensions& what) {
  out.row(2, "AMD product", what.product_name);
  out.row(2, "AMD TCB",
          "boot loader " + std::to_string(what.tcb.boot_loader) + ", TEE "
            + std::to_string(what.tcb.tee) + ", SNP " + std::to_string(what.tcb.snp)
            + ", microcode " + std::to_string(what.tcb.microcode) + ", FMC "
            + std::to_string(what.tcb.fmc));
  if (what.hardware_id)
    out.row(2, "AMD chip", hex(*what.hardware_id));
  if (what.csp_id)
    out.row(2, "AMD provider", *what.csp_id);
}

} // namespace

void show(sheet& out, const crypto::certificate& what) {
  out.heading("Certificate");
  out.row(2, "subject", what.subject());
  out.row(2, "issuer", what.issuer());
  out.row(2, "serial", what.serial());
  out.row(2, "valid", format_time(what.not_before()) + " to " + format_time(what.not_after()));
  out.row(2, "key", name(what.key().kind()));
  out.row(2, "CA", what.is_ca() ? "yes" : "no");
  for (const auto& usage : what.extended_key_usages())
    out.row(2, "usage", usage);
  out.row(2, "SHA-256", hex(what.sha256().view()));
  if (endorsement::is_simulated(what))
    out.marked_row(2, {"SIMULATED", terminal::tone::caution}, "of a vendor that is only played");
  if (const auto vek = endorsement::read_vek_extensions(what))
    show_vek(out, *vek);
  if (const auto pck = endorsement::intel::pck_extension_of(what))
    show(out, *pck);
}

void show(sheet& out, const crypto::revocation_list& what) {
  out.heading("Revocation list");
  out.row(2, "issuer", what.issuer());
  out.row(2, "from", format_time(what.this_update()));
  if (const auto until = what.next_update())
    out.row(2, "to", format_time(*until));
  out.row(2, "revoked", std::to_string(what.count()));
}

} // namespace troth::testtool
