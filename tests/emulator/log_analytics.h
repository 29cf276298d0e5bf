// Log Analytics: queries over the events of the registry. Its tables, and the endpoint that answers.
#pragma once

#include "tests/emulator/kql.h"
#include "tests/emulator/site.h"

#include <array>
#include <string>

namespace scoped::emulator {

// Its refusals: {"error": {"code", "message"}}.
extern const Family kLogAnalytics;
extern const RouteTable kLogQueries;

// The GUID of the one workspace; it follows from the subscription, so that it stays the same over a restart.
std::string workspace_of(const Facts& facts);

// ContainerRegistryLoginEvents and ContainerRegistryRepositoryEvents. REQUIRES: `site` outlives them.
std::array<NamedTable, 2> event_tables(const Site& site);

inline constexpr size_t kTimeColumn = 1;  // TimeGenerated, in both tables

// "P30D", "PT1H30M", "P1DT12H" as ISO 8601 has it. invalid_input: anything else.
Result<Ticks> parse_time_span(std::string_view text);

}  // namespace scoped::emulator
