#include "agent/ctl/agent_client.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/local_status.h"
#include "agent/ctl/rotator.h"
#include "agent/ctl/status_table.h"
#include "agent/ctl/targets.h"

#include <set>

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {{"HOST/TOKEN", "Only this token.", false, {}, Names::token}};
constexpr Flag kFlags[] = {
    {.name = "check", .help = "Exit with 3 if a token has a problem or could not be read."},
    kOutputFlag,
};
constexpr ExitNote kExits[] = {{Exit::findings, "with --check: a token has a problem"}};

using Only = std::optional<record::RecordName>;

Result<std::optional<json::Value>> ask(const Run& run, bool system, const Only& only) {
  const auto places = TRY(places_of(run, system));
  if (!places) return std::optional<json::Value>();
  json::Object request;
  request.set("ask", "status");
  if (only) request.set("token", only->display());
  return ask_agent(places->control_socket, request, run.around.environment.uid());
}

void append(json::Array& list, json::Value& document, std::string_view key) {
  json::Value* more = document.object()->find(key);
  if (more == nullptr || more->array() == nullptr) return;
  for (json::Value& each : *more->array()) list.push_back(std::move(each));
}

struct Lists {
  json::Array tokens, publishers;
};

// Of the system's objects or of the user's: each has an agent of its own.
Result<> add_level(const Run& run, bool system, const Only& only, json::Object& document, Lists& lists) {
  auto answer = TRY(ask(run, system, only));
  if (answer) {
    if (const json::Value* agent = answer->at({"agent"})) document.set("agent", *agent);
    append(lists.tokens, *answer, "tokens");
    append(lists.publishers, *answer, "publishers");
    return {};
  }
  for (const auto& [host, registry] : run.config.registries) {
    if (registry.origin.system != system || (only && host != only->registry)) continue;
    for (json::Value& token : observe_tokens(run, registry, only ? std::optional(only->token) : std::nullopt))
      lists.tokens.push_back(std::move(token));
  }
  return {};
}

std::set<bool> levels_of(const Run& run, const Only& only) {
  std::set<bool> levels;
  for (const auto& [host, registry] : run.config.registries)
    if (!only || host == only->registry) levels.insert(registry.origin.system);
  return levels;
}

Result<Exit> run(Run& run) {
  Only only;
  if (const auto asked = run.options.positional(0)) only = TRY(choose_token(run.config, *asked));
  json::Object document;
  document.set("agent", json::Value());
  Lists lists;
  const std::set<bool> levels = levels_of(run, only);
  Exit exit = Exit::ok;
  for (const bool system : levels) {
    const auto added = add_level(run, system, only, document, lists);
    if (added) continue;
    if (levels.size() == 1) return fail(added.error());
    run.console().line("scopedctl: " + added.error().line());  // the other level is still shown
    exit = Exit::failed;
  }
  document.set("tokens", std::move(lists.tokens));
  document.set("publishers", std::move(lists.publishers));
  run.answer(document, status_table(document, run.now()));
  if (exit == Exit::ok && run.options.has("check") && has_findings(document)) exit = Exit::findings;
  return exit;
}

}  // namespace

const Command rows::status = {
    .words = "status",
    .summary = "Show each token's two passwords, the next step and its reason",
    .about =
        R"(Asks the running agent; where none runs, looks at store and registry once, without changing anything.
Each token has two slots. A slot is

  current      handed to clients now           staged       new, being verified
  previous     the one before, may be in use   claimed      about to be generated
  lapsed       expired, free for the next      empty        free for the next
  unexplained  a password that somebody else made; it is left alone
  orphan       made by a request whose answer was lost; nobody knows it
  retired      overwritten; nobody knows what it holds, and it is free for the next

NEXT is what the rotation does next, WHEN it is worth looking again, REASON why. A problem that needs
a person stands in a line of its own, with the command to run.

A second table shows who is told the password because they cannot ask for it, and the generation that
they were last seen to have; the agent alone knows that.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(scopedctl status

scopedctl status myregistry.azurecr.io/node-blue

# For a monitoring system
scopedctl status --check -o json
# {"agent": {"pid": 4711, "version": "0.1.0", "started_at": "2026-01-02T03:04:05Z", "duties": ["rotate"]},
#  "tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue", "read": true, "ready": true,
#    "generation": 3, "slots": [{"slot": "password1", "role": "current",
#      "created_at": "2026-01-02T03:04:05Z", "expires_at": "2026-04-02T03:04:05Z"}, ...],
#    "step": "wait", "reason": "the password is not due", "until": "2026-03-03T03:04:05Z",
#    "due_at": "2026-03-03T03:04:05Z", "rotations": 0}],
#  "publishers": [{"publisher": "pods", "type": "kubernetes_secret",
#    "registry": "myregistry.azurecr.io", "token": "node-blue", "generation": 3,
#    "consumers": [{"consumer": "team-a/acr-pull", "generation": 3}]}]})",
    .exits = kExits,
    .run = &run,
};

}  // namespace scoped::ctl
