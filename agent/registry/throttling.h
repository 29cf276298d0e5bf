// Which requests to control planes count against one limit. Pure.
#pragma once

#include "common/config/config.h"

#include <string>

namespace scoped::registry {

// ARM counts reads and writes for each subscription and principal: registries of one subscription that one
// identity looks after are throttled together.
// https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
std::string throttled_as(const config::Typed& control);

}  // namespace scoped::registry
