// What the service manager is told (sd_notify); nothing happens where there is none. One thread.
#pragma once

#include "agent/rotate/session.h"

#include <string>
#include <vector>

namespace scoped::loop {

void notify_ready(const std::string& status);
void notify_status(const std::string& status);
void notify_stopping();

// "4 tokens, next rotation 2026-11-24 09:04:31 (host/token)": for STATUS=. Pure.
std::string summary(const std::vector<rotate::TokenStatus>& tokens);

}  // namespace scoped::loop
