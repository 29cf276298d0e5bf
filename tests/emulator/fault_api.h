// The fault address: POST arms a fault, GET lists what is armed and how often it was hit, DELETE clears all.
// Plain HTTP on loopback, without a login.
#pragma once

#include "tests/emulator/site.h"

namespace scoped::emulator {

extern const Family kFaultApi;
extern const RouteTable kFaults;

}  // namespace scoped::emulator
