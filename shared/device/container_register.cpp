#include "shared/device/container_register.hpp"

#include <algorithm>
#include <utility>

namespace troth::device {

result<void> container_register::settle(tpm& at) {
  if (!log_) {
    auto opened = container_log::open(file_, boot_);
    if (!opened)
      return opened.error();
    log_.emplace(*std::move(opened));
  }
  const auto value = held(at);
  if (!value)
    return value.error();
  return settle_with(*value);
}

result<void> container_register::settle_with(const digest& value) {
  trouble_.clear();
  const auto all = logged(log_->events().size());
  const auto closed = logged(log_->closed());
  if (!all || !closed)
    return all ? closed.error() : all.error();
  if (value == *all) {
    if (log_->has_open_event())
      note_("containers: the last one was measured before a crash, and is in the log");
    return log_->has_open_event() ? log_->close() : result<void>{};
  }
  if (value == *closed) {
    note_("containers: the last one was logged and not measured, and is out of the log again");
    return log_->drop_open();
  }
  if (value == endorsement::reset_value(register_.pcr, register_.bank)) {
    note_("containers: the TPM was reset, and the log begins anew");
    return log_->clear();
  }
  trouble_ = "containers: PCR " + std::to_string(register_.pcr)
             + " is not what the log leads to; something else was measured into it";
  note_(trouble_);
  return {};
}

result<report::component> container_register::measure(tpm& at, const report::component& container) {
  if (!trouble_.empty())
    return error{errc::conflict, trouble_};
  const auto banks = at.active_banks();
  if (!banks)
    return banks.error();
  auto event = container_event(container, *banks);
  if (!event || log_->contains(*event))
    return event;
  if (const auto added = log_->add(*event); !added)
    return added.error();
  std::vector<digest> values;
  for (const auto bank : *banks)
    if (const auto* const value = event->find_hash(bank))
      values.push_back(*value);
  // If either fails, the event stays open, and the next connection settles what became of it.
  if (const auto extended = at.extend(register_.pcr, values); !extended)
    return error{errc::io, extended.error().where};
  if (const auto closed = log_->close(); !closed)
    return error{errc::io, closed.error().where};
  return event;
}

std::vector<endorsement::pcr_component> container_register::components() const {
  std::vector<endorsement::pcr_component> out;
  if (log_)
    for (const auto& event : log_->events().first(log_->closed()))
      out.push_back({register_.pcr, event});
  return out;
}

result<digest> container_register::held(tpm& at) const {
  const auto values = at.read_pcrs({register_.bank, {register_.pcr}});
  if (!values)
    return values.error();
  return values->front();
}

result<digest> container_register::logged(std::size_t events) const {
  return endorsement::replay(log_->events().first(events), register_.pcr, register_.bank);
}

} // namespace troth::device
