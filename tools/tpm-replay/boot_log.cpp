#include "tools/tpm-replay/boot_log.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/evidence/eventlog/event.hpp"
#include "shared/evidence/tpm/algorithm.hpp"
#include "tools/tpm-replay/log_writer.hpp"

#include <array>
#include <string>

namespace troth::tpm_replay {

namespace {

using evidence::eventlog::event_type;

constexpr std::array banks{hash_algorithm::sha1, hash_algorithm::sha256};

constexpr std::array<std::uint8_t, 16> efi_global{0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                                  0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
constexpr std::array<std::uint8_t, 16> image_security{0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d,
                                                      0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0,
                                                      0x0e, 0x67, 0x65, 0x6f};
constexpr std::array<std::uint8_t, 16> sha256_signature{0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50,
                                                        0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9,
                                                        0x36, 0x93, 0x43, 0x28};

/// Stands in for the bytes of what a log does not hold.
bytes stand_in(std::string_view what) {
  return to_bytes("troth stand-in for " + std::string{what});
}

/// A log under way.
class boot_log {
public:
  boot_log() {
    log_writer spec;
    spec.text("Spec ID Event03").u8(0).u32(0).u8(0).u8(2).u8(0).u8(2).u32(banks.size());
    for (const auto bank : banks)
      spec.u16(evidence::tpm::id_from_hash(bank))
        .u16(static_cast<std::uint16_t>(digest_size(bank)));
    spec.u8(0);
    out_.u32(0).u32(static_cast<std::uint32_t>(event_type::no_action)).zeros(20);
    out_.sized(spec.content());
  }

  /// Adds an event whose digests are over `hashed`.
  void add(std::uint32_t pcr, event_type type, byte_view hashed, byte_view data) {
    out_.u32(pcr).u32(static_cast<std::uint32_t>(type)).u32(banks.size());
    for (const auto bank : banks)
      out_.u16(evidence::tpm::id_from_hash(bank)).raw(crypto::hash(bank, hashed).view());
    out_.sized(data);
  }

  /// Adds an event whose digests are over its data.
  void add(std::uint32_t pcr, event_type type, byte_view data) { add(pcr, type, data, data); }

  void add_text(std::uint32_t pcr, event_type type, std::string_view text) {
    add(pcr, type, to_bytes(text));
  }

  const bytes& content() const { return out_.content(); }

private:
  log_writer out_;
};

/// UEFI_VARIABLE_DATA.
bytes variable(byte_view guid, std::string_view name, byte_view value) {
  log_writer out;
  out.raw(guid).u64(name.size()).u64(value.size()).wide(name).raw(value);
  return out.content();
}

/// EFI_SIGNATURE_LIST with one hash in it.
bytes signature_list(std::string_view of) {
  log_writer out;
  const auto owner_and_hash = static_cast<std::uint32_t>(16 + digest_size(hash_algorithm::sha256));
  out.raw(sha256_signature).u32(28 + owner_and_hash).u32(0).u32(owner_and_hash);
  out.raw(image_security).raw(crypto::hash(hash_algorithm::sha256, stand_in(of)).view());
  return out.content();
}

/// A device path of one node, a file on the boot partition, and its end.
bytes file_path(std::string_view file) {
  log_writer out;
  const auto size = 4 + 2 * (file.size() + 1);
  out.u8(4).u8(4).u16(static_cast<std::uint16_t>(size)).wide(file).u16(0);
  out.u8(0x7F).u8(0xFF).u16(4);
  return out.content();
}

void add_firmware(boot_log& log) {
  log_writer version;
  version.wide("Troth example firmware 1.0").u16(0);
  log.add(0, event_type::s_crtm_version, version.content());
  log_writer blob;
  blob.u64(0xFFC0'0000).u64(0x40'0000);
  log.add(0, event_type::efi_platform_firmware_blob, stand_in("firmware volume"), blob.content());
}

void add_secure_boot(boot_log& log) {
  const auto add = [&](byte_view guid, std::string_view name, byte_view value) {
    log.add(7, event_type::efi_variable_driver_config, variable(guid, name, value));
  };
  add(efi_global, "SecureBoot", bytes{1});
  add(efi_global, "PK", signature_list("platform key"));
  add(efi_global, "KEK", signature_list("key exchange key"));
  add(image_security, "db", signature_list("shim's signer"));
  add(image_security, "dbx", signature_list("a revoked loader"));
}

void add_boot_order(boot_log& log) {
  const auto add = [&](std::string_view name, byte_view value) {
    log.add(1, event_type::efi_variable_boot2, variable(efi_global, name, value));
  };
  add("BootOrder", bytes{0, 0});
  const auto path = file_path("\\EFI\\debian\\shimx64.efi");
  log_writer option;
  option.u32(1).u16(static_cast<std::uint16_t>(path.size())).wide("debian").u16(0).raw(path);
  add("Boot0000", option.content());
}

/// The partition table: a header, and one partition.
void add_partitions(boot_log& log) {
  log_writer table;
  table.text("EFI PART").u32(0x10000).u32(92).u32(0).u32(0).u64(1).u64(0xFFFF).u64(34).u64(0xFFDE);
  table.raw(efi_global).u64(2).u32(128).u32(128).u32(0);
  table.u64(1); // entries follow
  table.raw(image_security).raw(efi_global).u64(2048).u64(0xFFDE).u64(0).wide("root");
  table.zeros(72 - 8);
  log.add(5, event_type::efi_gpt_event, table.content());
}

void add_loader(boot_log& log, std::string_view file) {
  const auto path = file_path(file);
  log_writer image;
  image.u64(0x7000'0000).u64(0x10'0000).u64(0).u64(path.size()).raw(path);
  log.add(4, event_type::efi_boot_services_application, stand_in(file), image.content());
}

void add_separators(boot_log& log) {
  for (std::uint32_t pcr = 0; pcr < 8; ++pcr)
    log.add(pcr, event_type::separator, bytes(4, 0));
}

void add_shim_and_grub(boot_log& log) {
  log.add(7, event_type::efi_variable_authority,
          variable(image_security, "db", signature_list("shim's signer")));
  add_loader(log, "\\EFI\\debian\\shimx64.efi");
  log.add(14, event_type::ipl, stand_in("MokList"), to_bytes(std::string{"MokList\0", 8}));
  log.add(14, event_type::ipl, stand_in("MokListX"), to_bytes(std::string{"MokListX\0", 9}));
  add_loader(log, "\\EFI\\debian\\grubx64.efi");
}

/// What GRUB reads goes to PCR 9, what it runs to PCR 8: there the digest is over the text
/// behind the prefix, and the data have a NUL besides.
void add_grub(boot_log& log) {
  const auto add_command = [&](std::string_view prefix, std::string_view command) {
    const auto data = std::string{prefix} + std::string{command} + '\0';
    log.add(8, event_type::ipl, to_bytes(command), to_bytes(data));
  };
  const auto add_file = [&](std::string_view file) {
    log.add(9, event_type::ipl, stand_in(file), to_bytes(std::string{file} + '\0'));
  };
  add_file("(hd0,gpt1)/boot/grub/grub.cfg");
  add_command("grub_cmd: ", "search.fs_uuid 94f07b36-6512-4b02-849a-286e93dcebf7 root");
  add_command("grub_cmd: ", "linux /vmlinuz root=/dev/vda1 ro ima_policy=tcb");
  add_file("/vmlinuz");
  add_command("kernel_cmdline: ", "/vmlinuz root=/dev/vda1 ro ima_policy=tcb");
  add_file("/initrd.img");
}

} // namespace

bytes make_boot_log() {
  boot_log log;
  add_firmware(log);
  add_secure_boot(log);
  add_boot_order(log);
  log.add_text(4, event_type::efi_action, "Calling EFI Application from Boot Option");
  add_separators(log);
  add_partitions(log);
  add_shim_and_grub(log);
  add_grub(log);
  log.add_text(5, event_type::efi_action, "Exit Boot Services Invocation");
  log.add_text(5, event_type::efi_action, "Exit Boot Services Returned with Success");
  return log.content();
}

} // namespace troth::tpm_replay
