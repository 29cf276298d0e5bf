#include "agent/loop/hook_notes.h"

#include <utility>

namespace scoped::loop {

using publish::Occasion;

HookNotes::HookNotes(std::string hooks_folder, std::string state_folder, uid_t self)
    : hooks_folder_(std::move(hooks_folder)), state_folder_(std::move(state_folder)), self_(self) {}

std::optional<std::string> HookNotes::begin() {
  auto events = publish::read_hook_events(state_folder_);
  if (!events) return events.error().line();
  events_ = std::move(*events);
  return std::nullopt;
}

bool HookNotes::see(const rotate::TokenStatus& status) {
  bool is_new = see_trouble(status);
  if (!status.ready) return is_new;
  publish::HookEvent& event = events_[{status.name, Occasion::deploy}];
  if (event.number >= status.generation) return is_new;
  event.number = status.generation;
  return true;
}

bool HookNotes::see_trouble(const rotate::TokenStatus& status) {
  if (status.problem.empty()) {  // of a token that was never in trouble nobody needs to know that it is well
    if (events_.contains({status.name, Occasion::fail})) well_.insert(status.name);
    return false;
  }
  publish::HookEvent& event = events_[{status.name, Occasion::fail}];
  const bool was_well = well_.erase(status.name) > 0;
  if (event.number > 0 && !was_well && event.reason == status.problem) return false;
  ++event.number;
  event.reason = status.problem;
  return true;
}

Result<> HookNotes::write(const publish::HookEvents& events) const {
  return publish::write_hook_events(state_folder_, events);
}

std::optional<std::string> HookNotes::holding(const record::RecordName& token, int64_t generation) const {
  const auto hooks = publish::list_hooks(hooks_folder_, self_);
  if (!hooks) return hooks.error().line();
  if (hooks->empty()) return std::nullopt;
  const auto ledger = publish::read_hook_ledger(state_folder_);
  if (!ledger) return ledger.error().line();
  return publish::holding_hook(*ledger, *hooks, token, generation);
}

}  // namespace scoped::loop
