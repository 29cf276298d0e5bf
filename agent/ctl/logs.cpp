#include "agent/ctl/logs.h"

#include <algorithm>
#include <charconv>

namespace scoped::ctl {
namespace {

constexpr const char* kLogins = "ContainerRegistryLoginEvents";
constexpr const char* kRepositories = "ContainerRegistryRepositoryEvents";

int64_t number_in(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::optional<Instant> time_in(const std::string& text) {
  const auto at = parse_rfc3339(text);
  return at ? std::optional(*at) : std::nullopt;
}

// The earliest event of a table, nothing where it has none.
Result<std::optional<Instant>> earliest_in(const registry::Logs& logs, const char* table) {
  const auto answer = TRY(logs.query(std::string(table) + " | summarize Since = min(TimeGenerated)"));
  if (answer.rows.empty()) return std::optional<Instant>();
  return time_in(answer.cell(answer.rows.front(), "Since"));
}

}  // namespace

Result<registry::Logs> logs_of(const Run& run, const config::Registry& registry) {
  if (!registry.control)
    return fail(
        ErrorCode::configuration,
        "registry '" + registry.host + "' has no 'control' in the configuration: it is not managed here");
  net::Transport& transport = *TRY(run.parts.transport());
  net::Authorizer& identity = *TRY(run.parts.identity(registry::logs_identity_of(registry)));
  return registry::Logs::open(registry, transport, identity);
}

std::string silence_of(const registry::Logs& logs, const config::Registry& registry) {
  return "the log is empty: if the registry was used, its events are not sent there yet; 'az monitor "
         "diagnostic-settings create --name acr-events --resource " +
         registry.control->text("resource_id") + " --workspace " + logs.workspace() +
         R"( --logs '[{"category":"ContainerRegistryLoginEvents","enabled":true},)"
         R"({"category":"ContainerRegistryRepositoryEvents","enabled":true}]')"
         " begins it (events come some minutes late)";
}

Result<policy::Usage> usage_of(const registry::Logs& logs, const config::Registry& registry) {
  const auto since = TRY(earliest_in(logs, kLogins));
  if (!since) return fail(ErrorCode::not_found, silence_of(logs, registry));
  policy::Usage usage;
  usage.since = *since;
  const auto answer =
      TRY(logs.query(std::string(kLogins) + " | where ResultDescription == \"200\" | summarize LastUse = "
                                            "max(TimeGenerated) by Identity"));
  for (const auto& row : answer.rows)
    if (const auto at = time_in(answer.cell(row, "LastUse")))
      usage.last_use[answer.cell(row, "Identity")] = *at;
  return usage;
}

// Counted by the service, so that the number of events does not matter here.
Result<std::vector<policy::Use>> uses_of(const registry::Logs& logs, const std::string& admin, int days) {
  const std::string allowed = std::string(kRepositories) + " | where TimeGenerated > ago(" +
                              std::to_string(days) +
                              "d) and ResultDescription startswith \"2\" and Identity ";
  const std::string count =
      " | summarize Events = count(), Last = max(TimeGenerated) by Identity, Repository, OperationName";
  policy::Uses uses;
  for (const std::string& query : {allowed + "!~ \"" + admin + "\"" + count,
                                   allowed + "=~ \"" + admin + "\"" + count + ", CallerIpAddress"}) {
    const auto answer = TRY(logs.query(query));
    if (answer.partial)
      return fail(ErrorCode::unavailable, "the log answered in part only: try again, or with fewer '--days'");
    for (const auto& row : answer.rows)
      uses.add({answer.cell(row, "Identity"), answer.cell(row, "Repository"),
                answer.cell(row, "OperationName"), answer.cell(row, "CallerIpAddress"),
                number_in(answer.cell(row, "Events")),
                time_in(answer.cell(row, "Last")).value_or(Instant())});
  }
  return uses.all();
}

}  // namespace scoped::ctl
