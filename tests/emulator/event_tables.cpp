// The columns of the two tables:
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/containerregistryloginevents
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/containerregistryrepositoryevents
#include "tests/emulator/log_analytics.h"

#include <fmt/format.h>

namespace scoped::emulator {
namespace {

enum class In { both, logins, repositories };

struct EventColumn {
  std::string_view name;
  Kind kind;
  In in;
  Cell (*of)(const Event&, const Site&);
};

std::string_view table_name(Event::Table table) {
  return table == Event::Table::login ? "ContainerRegistryLoginEvents" : "ContainerRegistryRepositoryEvents";
}

Cell name_of_table(const Event& event, const Site&) { return std::string(table_name(event.table)); }

constexpr std::array<EventColumn, 24> kColumns = {
    EventColumn{"TenantId", Kind::text, In::both,
                [](const Event&, const Site& site) { return Cell(workspace_of(site.model.facts())); }},
    {"TimeGenerated", Kind::datetime, In::both,
     [](const Event& event, const Site&) { return Cell(event.at); }},
    {"OperationName", Kind::text, In::both,
     [](const Event& event, const Site&) { return Cell(event.operation); }},
    {"Category", Kind::text, In::both, name_of_table},
    {"CorrelationId", Kind::text, In::both,
     [](const Event& event, const Site&) { return Cell(event.correlation); }},
    {"LoginServer", Kind::text, In::both,
     [](const Event&, const Site& site) { return Cell(site.parts.addresses.login_server); }},
    {"Identity", Kind::text, In::both, [](const Event& event, const Site&) { return Cell(event.identity); }},
    {"CallerIpAddress", Kind::text, In::both,
     [](const Event& event, const Site&) { return Cell(event.caller); }},
    {"DurationMs", Kind::real, In::both,
     [](const Event& event, const Site&) { return Cell(event.milliseconds); }},
    {"Region", Kind::text, In::both, [](const Event&, const Site&) { return Cell(std::string("local")); }},
    {"ResultType", Kind::text, In::both,
     [](const Event&, const Site&) { return Cell(std::string("HttpStatusCode")); }},
    {"ResultDescription", Kind::text, In::both,
     [](const Event& event, const Site&) { return Cell(std::to_string(event.status)); }},
    {"UserAgent", Kind::text, In::both, [](const Event& event, const Site&) { return Cell(event.agent); }},
    {"JwtId", Kind::text, In::logins, [](const Event& event, const Site&) { return Cell(event.jwt); }},
    {"Repository", Kind::text, In::repositories,
     [](const Event& event, const Site&) { return Cell(event.repository); }},
    {"Tag", Kind::text, In::repositories, [](const Event& event, const Site&) { return Cell(event.tag); }},
    {"Digest", Kind::text, In::repositories,
     [](const Event& event, const Site&) { return Cell(event.digest); }},
    {"Size", Kind::whole, In::repositories, [](const Event& event, const Site&) { return Cell(event.size); }},
    {"MediaType", Kind::text, In::repositories,
     [](const Event& event, const Site&) { return Cell(event.media_type); }},
    {"ArtifactType", Kind::text, In::repositories,
     [](const Event& event, const Site&) { return Cell(event.artifact_type); }},
    {"UserTenantId", Kind::text, In::repositories,
     [](const Event&, const Site& site) { return Cell(site.model.facts().tenant); }},
    {"SourceSystem", Kind::text, In::both,
     [](const Event&, const Site&) { return Cell(std::string("Azure")); }},
    {"Type", Kind::text, In::both, name_of_table},
    {"_ResourceId", Kind::text, In::both,
     [](const Event&, const Site& site) { return Cell(lower(site.model.registry_id())); }}};

bool is_in(const EventColumn& column, Event::Table table) {
  return column.in == In::both || (column.in == In::logins) == (table == Event::Table::login);
}

Relation relation_of(const Site& site, Event::Table table) {
  Relation relation;
  for (const EventColumn& column : kColumns)
    if (is_in(column, table)) relation.columns.push_back({std::string(column.name), column.kind});
  for (const Event& event : site.events.of(table)) {
    Row row;
    for (const EventColumn& column : kColumns)
      if (is_in(column, table)) row.push_back(column.of(event, site));
    relation.rows.push_back(std::make_shared<const Row>(std::move(row)));
  }
  return relation;
}

}  // namespace

std::array<NamedTable, 2> event_tables(const Site& site) {
  const auto table = [&site](Event::Table which) {
    return NamedTable{table_name(which), [&site, which] { return relation_of(site, which); }};
  };
  return {table(Event::Table::login), table(Event::Table::repository)};
}

}  // namespace scoped::emulator
