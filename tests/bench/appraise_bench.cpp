// Whole-report appraisals per second beside OpenSSL's own P-256 verify rate, and the
// growth of IMA evidence, all in one run on one core, in processor time, which neighbours
// disturb less. Prints; judges nothing, but for --check, which fails when a ratio is far
// from what it should be. --reference SECONDS measures the reference's report only, by the
// clock, for gateway_bench.py.

#include "shared/appraisal/appraise.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/appraisal/references.hpp"
#include "shared/appraisal/tpm_logs.hpp"
#include "shared/base/hex.hpp"
#include "tests/support/minted_machine.hpp"
#include "tests/support/vectors.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace {

using namespace troth;
using namespace troth::testing;
constexpr double span_of_a_measurement = 0.5; // seconds
constexpr int repetitions = 3;

/// Returns the seconds of processor time that this thread has had.
double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Returns how often `work` runs a second: the best of a few spans, the least disturbed.
double rate(const std::function<void()>& work) {
  double best = 0;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    std::size_t runs = 0;
    const auto start = processor_time();
    auto spent = 0.0;
    while (spent < span_of_a_measurement) {
      work();
      ++runs;
      spent = processor_time() - start;
    }
    best = std::max(best, static_cast<double>(runs) / spent);
  }
  return best;
}

/// OpenSSL's ECDSA P-256 verification of a SHA-256 digest: the limit of everything here.
double p256_verify_rate() {
  auto* key = EVP_EC_gen("P-256");
  const bytes hash(32, 0x5a);
  bytes signature(80);
  auto size = signature.size();
  auto* signing = EVP_PKEY_CTX_new(key, nullptr);
  EVP_PKEY_sign_init(signing);
  EVP_PKEY_sign(signing, signature.data(), &size, hash.data(), hash.size());
  auto* verifying = EVP_PKEY_CTX_new(key, nullptr);
  EVP_PKEY_verify_init(verifying);
  const auto out
    = rate([&] { EVP_PKEY_verify(verifying, signature.data(), size, hash.data(), hash.size()); });
  EVP_PKEY_CTX_free(verifying);
  EVP_PKEY_CTX_free(signing);
  EVP_PKEY_free(key);
  return out;
}

/// OpenSSL's time to hash what an IMA list of so many entries makes a verifier hash: the
/// template data of each, and the PCR with its digest.
double hashing_rate(const std::vector<report::component>& events) {
  const bytes entry(96, 0x5a);
  bytes pcr(64, 0);
  return rate([&] {
    unsigned size = 0;
    for (std::size_t at = 0; at < events.size(); ++at) {
      EVP_Digest(entry.data(), entry.size(), pcr.data() + 32, &size, EVP_sha256(), nullptr);
      EVP_Digest(pcr.data(), pcr.size(), pcr.data(), &size, EVP_sha256(), nullptr);
    }
  });
}

struct row {
  std::string what;
  std::size_t size_bytes;
  double rate;
};

std::optional<row> measure(std::string what, byte_view report, byte_view nonce,
                           const appraisal::policy& rules,
                           const endorsement::trust_anchors& anchors, time_point now) {
  const appraisal::inputs in{report, nonce, rules, anchors, now};
  const auto once = appraisal::appraise(in);
  if (once.summary.says != report::status::success) {
    std::printf("%s is not affirmed: nothing to measure\n", what.c_str());
    return std::nullopt;
  }
  return row{std::move(what), report.size(), rate([&] { (void)appraisal::appraise(in); })};
}

/// A report that the reference made, and all that it is appraised by.
struct reference_report {
  bytes report;
  bytes nonce;
  endorsement::trust_anchors anchors;
  appraisal::policy rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  time_point now = *parse_time("2026-11-24T10:00:00Z");
};

std::optional<reference_report> read_reference_report() {
  const auto report = read_vector("cmc-reports/tpm-eventlog-cbor/attestation-report.cbor");
  const auto nonce = read_vector("cmc-reports/tpm-eventlog-cbor/nonce.cbor");
  const auto ca = read_vector("cmc-reports/ca/ca.pem");
  if (!report || !nonce || !ca) {
    skip_without_vectors(1);
    return std::nullopt;
  }
  return reference_report{*report, *nonce, {*crypto::certificate::from_pem(to_text(*ca)), {}}};
}

std::optional<row> measure_reference_report() {
  const auto read = read_reference_report();
  if (!read)
    return std::nullopt;
  return measure("reference's report, boot log, 200 IMA", read->report, read->nonce, read->rules,
                 read->anchors, read->now);
}

/// Keeps all that is proved.
struct plain_memory final : appraisal::memory {
  std::map<digest, std::shared_ptr<const appraisal::proven_chain>> chains;
  std::map<digest, std::shared_ptr<const appraisal::proven_item>> items;

  std::shared_ptr<const appraisal::proven_silicon> find_silicon(const digest&) override {
    return nullptr;
  }
  void keep(const digest&, std::shared_ptr<const appraisal::proven_silicon>) override {
    // nop: none of the machine's
  }
  std::shared_ptr<const appraisal::proven_chain> find_chain(const digest& key) override {
    const auto at = chains.find(key);
    return at != chains.end() ? at->second : nullptr;
  }

  std::shared_ptr<const appraisal::proven_item> find_item(const digest& key) override {
    const auto at = items.find(key);
    return at != items.end() ? at->second : nullptr;
  }

  void keep(const digest& key, std::shared_ptr<const appraisal::proven_chain> chain) override {
    chains[key] = std::move(chain);
  }

  void keep(const digest& key, std::shared_ptr<const appraisal::proven_item> item) override {
    items[key] = std::move(item);
  }
};

/// Measures the reference's report by the clock and in processor time, without and with a memory.
/// @returns an exit code.
int print_reference_rates(double seconds) {
  const auto read = read_reference_report();
  if (!read)
    return 1;
  plain_memory known;
  for (auto* const memory : {static_cast<plain_memory*>(nullptr), &known}) {
    const appraisal::inputs in{read->report, read->nonce, read->rules, read->anchors,
                               read->now,    nullptr,     nullptr,     memory};
    using clock = std::chrono::steady_clock;
    const auto begun = clock::now();
    const auto used = processor_time();
    std::size_t runs = 0;
    std::chrono::duration<double> spent{};
    while (spent.count() < seconds) {
      if (appraisal::appraise(in).summary.says != report::status::success)
        return 1;
      ++runs;
      spent = clock::now() - begun;
    }
    std::printf("%.1f /s, %.9f s each\n", static_cast<double>(runs) / spent.count(),
                (processor_time() - used) / static_cast<double>(runs));
  }
  return 0;
}

/// What a second appraisal of the same stack costs: three manifests, four signers on each.
double second_appraisal() {
  machine stack;
  for (const auto* const name : {"second", "third", "fourth"})
    stack.cosigners.push_back(
      mint(leaf_content(name, std::string{crypto::eku::code_signing}), stack.metadata_ca));
  const auto report = stack.report();
  const auto anchors = stack.anchors();
  const appraisal::policy rules;
  const auto first = rate([&] {
    plain_memory known;
    (void)appraisal::appraise(
      {report, stack.nonce, rules, anchors, minted_now, nullptr, nullptr, &known});
  });
  plain_memory known;
  const auto second = rate([&] {
    (void)appraisal::appraise(
      {report, stack.nonce, rules, anchors, minted_now, nullptr, nullptr, &known});
  });
  std::printf("3 manifests, 4 signers: first %9.0f /s, second %9.0f /s: %5.1f %% of the cost\n",
              first, second, 100 * first / second);
  return first / second;
}

/// What a verifier has read of a machine's log of files, and of the manifest that lists them.
struct ima_report {
  std::vector<report::artifact> artifacts;
  report::metadata_item item;

  explicit ima_report(const machine& of) {
    const report::artifact log{std::string{report::artifact_pcr_eventlog}, 10, of.logs.at(10)};
    const std::vector<report::collateral> sent{{std::string{report::tpm_evidence}, {}, {}, {log}}};
    artifacts = report::parse_collaterals(report::write_collaterals(sent))->at(0).artifacts;
    item
      = *report::parse_metadata(report::write_metadata(of.manifests.at(2), report::encoding::cbor));
  }
};

/// Replay and reference match of so many IMA entries, as the appraisal does them: all known, in the
/// order of the reference values.
class ima_work {
public:
  explicit ima_work(std::size_t entries) : read_(machine{entries}) {
    // nop
  }

  /// Runs for a while, and keeps the best rate of all times that it did.
  void run() {
    const auto& artifacts = read_.artifacts;
    const std::vector manifests{&std::get<report::manifest>(read_.item)};
    replay_ = std::max(
      replay_, rate([&] {
        appraisal::ledger book{rules_};
        const auto references = appraisal::collect_references(manifests, nullptr, book);
        (void)appraisal::replay_logs(artifacts, references.tpm, hash_algorithm::sha256, book);
      }));
    hashing_ = std::max(hashing_, hashing_rate(artifacts.at(0).events));
  }

  double replay() const noexcept { return replay_; }   ///< A second.
  double hashing() const noexcept { return hashing_; } ///< Of the same bytes, a second.

private:
  ima_report read_;
  const appraisal::policy rules_;
  double replay_ = 0;
  double hashing_ = 0;
};

} // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "--reference")
    return print_reference_rates(argc > 2 ? std::atof(argv[2]) : span_of_a_measurement);
  const auto is_checked = what == "--check";
  const auto limit = p256_verify_rate();
  std::printf("OpenSSL P-256 verify                     %12.0f /s\n", limit);
  const machine minted{200};
  const auto minted_report = minted.report();
  auto lowest = 1.0;
  for (const auto& result :
       {measure_reference_report(), measure("our report, boot log, 200 IMA", minted_report,
                                            minted.nonce, {}, minted.anchors(), minted_now)}) {
    if (!result)
      continue;
    const auto ratio = result->rate / limit;
    lowest = std::min(lowest, ratio);
    std::printf("%-40s %12.0f /s   %5.2f %% of the verify rate   %zu bytes\n", result->what.c_str(),
                result->rate, ratio * 100, result->size_bytes);
  }
  const auto again = second_appraisal();
  ima_work few{10'000};
  ima_work many{100'000};
  for (int turn = 0; turn < repetitions; ++turn) { // in turns: what disturbs one disturbs both
    few.run();
    many.run();
  }
  const auto ten = few.replay();
  const auto hundred = many.replay();
  std::printf("IMA  10,000 entries, replay and match    %12.2f ms   %5.2f x hashing them\n",
              1000 / ten, few.hashing() / ten);
  std::printf("IMA 100,000 entries, replay and match    %12.2f ms   %5.2f x the 10,000\n",
              1000 / hundred, ten / hundred);
  if (is_checked
      && (again > 0.25 || lowest < 0.02 || few.hashing() / ten > 10 || ten / hundred > 25)) {
    std::printf("a ratio is far from its aim (6 %%, 5 x, 10.5 x)\n");
    return 1;
  }
  return 0;
}
