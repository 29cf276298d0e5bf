#include "agent/ctl/commands.h"
#include "agent/ctl/days_flag.h"
#include "agent/ctl/logs.h"
#include "agent/ctl/table.h"
#include "agent/ctl/targets.h"
#include "agent/ctl/times.h"
#include "common/config/names.h"

namespace scoped::ctl {
namespace {

constexpr int kUsualDays = 1;
constexpr const char* kMost = "1000";

constexpr Flag kFlags[] = {
    {.name = "token", .value = "NAME", .help = "Only those of this token.", .completes = Names::token},
    {.name = "failed", .help = "Only logins that were refused."},
    {.name = "last-use",
     .help = "One line for each token: when it last logged in, as far back as the log reaches."},
    kDaysFlag,
    kRegistryFlag,
    kOutputFlag,
};

Result<> check(const Options& options) {
  TRY(days_asked(options, kUsualDays));
  if (const auto token = options.optional("token"))
    if (const auto problem = config::problem_of_token_name(*token))
      return fail(ErrorCode::invalid_input, "'--token': " + *problem);
  if (!options.has("last-use")) return {};
  for (const char* flag : {"token", "failed", "days"})
    if (options.has(flag))
      return fail(ErrorCode::invalid_input, "'--last-use' is about all tokens and the whole log: leave '--" +
                                                std::string(flag) + "' out");
  return {};
}

// --- last use ----------------------------------------------------------------------------------------------

Result<Exit> show_last_use(const Run& run, const config::Registry& registry, const registry::Logs& logs) {
  const policy::Usage usage = TRY(usage_of(logs, registry));
  std::map<std::string, std::optional<Instant>> last;
  for (const registry::TokenState& token : TRY(TRY(run.parts.control_of(registry.host))->list_tokens()))
    last[token.name];
  for (const auto& [name, at] : usage.last_use) last[name] = at;
  Table table({"IDENTITY", "LAST LOGIN"});
  json::Array rows;
  for (const auto& [name, at] : last) {
    table.row({name, at ? with_relative(at, run.now()) : "none since " + format_for_people(usage.since)});
    json::Object row;
    row.set("identity", name);
    row.set("last_login", at ? json::Value(format_rfc3339(*at)) : json::Value());
    rows.push_back(std::move(row));
  }
  json::Object document;
  document.set("last_use", std::move(rows));
  document.set("since", format_rfc3339(usage.since));
  run.answer(document, table.text(run.width()));
  return Exit::ok;
}

// --- logins ------------------------------------------------------------------------------------------------

std::string query_of(const Options& options) {
  std::string query = "ContainerRegistryLoginEvents | where TimeGenerated > ago(" +
                      std::to_string(days_asked(options, kUsualDays).value()) + "d)";
  if (options.has("failed")) query += " and ResultDescription != \"200\"";
  if (const auto token = options.optional("token")) query += " and Identity == \"" + *token + "\"";
  return query + " | order by TimeGenerated desc | take " + kMost +
         " | project TimeGenerated, Identity, ResultDescription, CallerIpAddress, UserAgent";
}

std::string result_of(const std::string& status) {
  if (status == "200") return "ok";
  return status == "401" ? "401 refused" : status;
}

Result<Exit> show_logins(const Run& run, const config::Registry& registry, const registry::Logs& logs) {
  const auto answer = TRY(logs.query(query_of(run.options)));
  if (answer.rows.empty()) {
    const auto usage = usage_of(logs, registry);
    if (!usage && usage.error().code() == ErrorCode::not_found) return fail(usage.error());
  }
  Table table({"TIME", "IDENTITY", "RESULT", "FROM", "CLIENT"});
  json::Array rows;
  for (const auto& row : answer.rows) {
    const auto at = parse_rfc3339(answer.cell(row, "TimeGenerated"));
    const std::string& status = answer.cell(row, "ResultDescription");
    table.row({at ? format_for_people(*at) : "", answer.cell(row, "Identity"), result_of(status),
               answer.cell(row, "CallerIpAddress"), answer.cell(row, "UserAgent")});
    json::Object object;
    object.set("time", answer.cell(row, "TimeGenerated"));
    object.set("identity", answer.cell(row, "Identity"));
    object.set("result", status);
    object.set("from", answer.cell(row, "CallerIpAddress"));
    object.set("client", answer.cell(row, "UserAgent"));
    rows.push_back(std::move(object));
  }
  if (std::to_string(rows.size()) == kMost)
    run.console().line(std::string("scopedctl: note: only the last ") + kMost + " are shown");
  json::Object document;
  document.set("events", std::move(rows));
  run.answer(document, answer.rows.empty() ? "no such login in that time" : table.text(run.width()));
  return Exit::ok;
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const registry::Logs logs = TRY(logs_of(run, *registry));
  return run.options.has("last-use") ? show_last_use(run, *registry, logs)
                                     : show_logins(run, *registry, logs);
}

}  // namespace

const Command rows::events = {
    .words = "events",
    .summary = "Show who logged in, who was refused, and who has not come for long",
    .about =
        R"(Reads the log that the registry's diagnostic setting sends to a Log Analytics workspace, which
"control": {"workspace": ID} names (and "logs_identity", an identity whose scope is
https://api.loganalytics.io/.default and that has the role 'Log Analytics Reader' there). Without
options: the logins of the last day, at most 1,000.

The log tells which token logged in, not with which of its two passwords, and comes some minutes
late. If it is silent, the error says how its diagnostic setting is made.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl events --failed --days 7
scopedctl events --token cicd-token
scopedctl events --last-use

scopedctl events --registry myregistry -o json
# {"events": [{"time": "2026-03-01T11:59:12.3Z", "identity": "cicd-token", "result": "200",
#   "from": "10.0.0.7", "client": "docker/20.10.24"}]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
