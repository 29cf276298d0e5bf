// What the service manager is told (sd_notify); nothing happens where there is none. One thread.
#pragma once

#include "common/base/time.h"
#include "common/record/names.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace scoped::loop {

void notify_ready(const std::string& status);
void notify_status(const std::string& status);
void notify_reloading();  // until the next notify_ready
void notify_stopping();
// That a start or a stop takes longer than the unit says: it is not timed out before that has passed.
void notify_needs(std::chrono::seconds more);

// How long the service manager waits for a ping before it ends us; nothing: it does not.
std::optional<std::chrono::milliseconds> watchdog_patience();
void ping_watchdog();

// Of one token.
struct Outlook {
  const record::RecordName* name = nullptr;
  std::optional<Instant> due_at;
  bool has_problem = false;
};
// "4 tokens, next rotation 2026-11-24 09:04:31 (host/token)": for STATUS=. Pure.
std::string summary(const std::vector<Outlook>& tokens);

}  // namespace scoped::loop
