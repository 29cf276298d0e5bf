#include "agent/loop/notify.h"

#include <systemd/sd-daemon.h>

#include <algorithm>

namespace scoped::loop {

void notify_ready(const std::string& status) { sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }
void notify_status(const std::string& status) { sd_notify(0, ("STATUS=" + status).c_str()); }
void notify_stopping() { sd_notify(0, "STOPPING=1"); }

std::string summary(const std::vector<rotate::TokenStatus>& tokens) {
  const rotate::TokenStatus* next = nullptr;
  for (const rotate::TokenStatus& each : tokens)
    if (each.due_at && (next == nullptr || *each.due_at < *next->due_at)) next = &each;
  const auto problems =
      std::count_if(tokens.begin(), tokens.end(), [](const auto& each) { return !each.problem.empty(); });
  std::string text = std::to_string(tokens.size()) + " tokens";
  if (problems > 0) text += ", " + std::to_string(problems) + " with a problem";
  if (next != nullptr)
    text += ", next rotation " + format_for_people(*next->due_at) + " (" + next->name.display() + ")";
  return text;
}

}  // namespace scoped::loop
