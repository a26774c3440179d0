#include "shared/device/snp_source.hpp"
#include "shared/files/files.hpp"

#include <utility>

namespace troth::device {

namespace {

constexpr std::size_t max_recording = std::size_t{1024} * 1024;

class recorded_source final : public snp_source {
public:
  recorded_source(std::filesystem::path report, std::filesystem::path certificates)
    : report_(std::move(report)), certificates_(std::move(certificates)) {
    // nop
  }

  result<snp_answer> ask(byte_view) override {
    auto report = files::read(report_, max_recording);
    if (!report)
      return report.error();
    if (certificates_.empty())
      return snp_answer{*std::move(report), {}};
    auto certificates = files::read(certificates_, max_recording);
    if (!certificates)
      return certificates.error();
    return snp_answer{*std::move(report), *std::move(certificates)};
  }

private:
  std::filesystem::path report_;
  std::filesystem::path certificates_;
};

} // namespace

std::unique_ptr<snp_source> make_recorded_source(std::filesystem::path report,
                                                 std::filesystem::path certificates) {
  return std::make_unique<recorded_source>(std::move(report), std::move(certificates));
}

} // namespace troth::device
