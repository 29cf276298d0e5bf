// TokenStatus as the JSON that the control socket and `scopedctl status -o json` speak. Pure.
#pragma once

#include "agent/rotate/session.h"
#include "common/json/value.h"

namespace scoped::loop {

json::Value status_json(const rotate::TokenStatus& status);
// As a text without what a growing string has to spare: thousands of them are kept.
std::string status_row(const rotate::TokenStatus& status);

}  // namespace scoped::loop
