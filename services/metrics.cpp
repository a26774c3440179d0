#include "services/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace troth::services {

metrics::metrics(const std::string& service, const std::string& version)
  : registry_(std::make_shared<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)) {
  set("troth_build_info", "The build that runs", {{"service", service}, {"version", version}}, 1);
}

metrics::~metrics() = default;

void metrics::count(const std::string& name, const std::string& help, const labels& with,
                    double amount) {
  prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(with).Increment(amount);
}

void metrics::set(const std::string& name, const std::string& help, const labels& with,
                  double value) {
  prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(with).Set(value);
}

void metrics::observe_seconds(const std::string& name, const std::string& help, const labels& with,
                              double seconds) {
  static const prometheus::Histogram::BucketBoundaries bounds{0.001, 0.0025, 0.005, 0.01, 0.025,
                                                              0.05,  0.1,    0.25,  0.5,  1,
                                                              2.5,   5,      10,    30};
  prometheus::BuildHistogram()
    .Name(name)
    .Help(help)
    .Register(*registry_)
    .Add(with, bounds)
    .Observe(seconds);
}

std::string metrics::text() const {
  before_text_();
  return prometheus::TextSerializer{}.Serialize(registry_->Collect());
}

} // namespace troth::services
