#include "agent/loop/notify.h"

#include <systemd/sd-daemon.h>

#include <stdint.h>
#include <time.h>

#include <algorithm>

namespace scoped::loop {

void notify_ready(const std::string& status) { sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }
void notify_status(const std::string& status) { sd_notify(0, ("STATUS=" + status).c_str()); }
void notify_stopping() { sd_notify(0, "STOPPING=1"); }

void notify_needs(std::chrono::seconds more) {
  sd_notify(0, ("EXTEND_TIMEOUT_USEC=" + std::to_string(std::chrono::microseconds(more).count())).c_str());
}

void notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t microseconds = int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds)).c_str());
}

std::optional<std::chrono::milliseconds> watchdog_patience() {
  uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::milliseconds(static_cast<int64_t>(microseconds / 1'000));
}

void ping_watchdog() { sd_notify(0, "WATCHDOG=1"); }

std::string summary(const std::vector<Outlook>& tokens) {
  const Outlook* next = nullptr;
  for (const Outlook& each : tokens)
    if (each.due_at && (next == nullptr || *each.due_at < *next->due_at)) next = &each;
  const auto problems =
      std::count_if(tokens.begin(), tokens.end(), [](const auto& each) { return each.has_problem; });
  std::string text = std::to_string(tokens.size()) + " tokens";
  if (problems > 0) text += ", " + std::to_string(problems) + " with a problem";
  if (next != nullptr)
    text += ", next rotation " + format_for_people(*next->due_at) + " (" + next->name->display() + ")";
  return text;
}

}  // namespace scoped::loop
