#include "agent/ctl/commands.h"
#include "agent/ctl/rotator.h"
#include "agent/publish/hook_process.h"
#include "agent/publish/hooks.h"
#include "common/base/lock.h"

#include <set>

namespace scoped::ctl {
namespace {

using publish::HookRun;

constexpr Flag kFlags[] = {
    {.name = "timeout", .value = "LENGTH", .help = "How long a hook may run, such as '30s'; 1m without it."},
    kOutputFlag,
};
constexpr ExitNote kExits[] = {{Exit::findings, "a hook failed"}};
constexpr std::chrono::milliseconds kTimeout{60'000};
constexpr std::chrono::milliseconds kLockWait{0};

// Nothing of ours but what it is told: a secret that stands in our environment stays there.
std::vector<std::string> environment_of(const HookRun& run) {
  std::vector<std::string> variables = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "SCOPED_REGISTRY=" + run.token.registry,
      "SCOPED_TOKEN=" + run.token.token,
      "SCOPED_OCCASION=" + std::string(run.occasion == publish::Occasion::deploy ? "deploy" : "fail"),
  };
  if (run.occasion == publish::Occasion::deploy)
    variables.push_back("SCOPED_GENERATION=" + std::to_string(run.event.number));
  else
    variables.push_back("SCOPED_REASON=" + run.event.reason);
  return variables;
}

json::Value document_of(const HookRun& run, const publish::HookEnd& end) {
  json::Object object;
  object.set("hook", run.hook);
  object.set("registry", run.token.registry);
  object.set("token", run.token.token);
  object.set("ok", end.ok);
  object.set("end", end.how);
  if (!end.last_line.empty()) object.set("said", end.last_line);
  return object;
}

std::string line_of(const HookRun& run, const publish::HookEnd& end) {
  const std::string what = run.hook + " for '" + run.token.display() + "': ";
  const std::string said = end.last_line.empty() ? "" : ": " + end.last_line;
  if (end.ok) return what + "done" + said;
  const char* sequel =
      publish::is_required(run.hook) ? " (the old password's slot is held until it succeeds)" : "";
  return what + end.how + said + sequel;
}

struct Done {
  json::Array runs;
  std::string text;
  bool failed = false;
};

// The ledger is written after each hook: a reboot repeats one at most.
Result<> run_level(const Run& run, const loop::Places& places, std::chrono::milliseconds limit, Done& done) {
  const auto lock = TRY_WITH(FileLock::acquire(places.state_folder + "/hooks.lock", kLockWait), "run hooks");
  if (!lock) return fail(ErrorCode::conflict, "hooks are being run already");
  const auto events = TRY(publish::read_hook_events(places.state_folder));
  auto ledger = TRY(publish::read_hook_ledger(places.state_folder));
  auto hooks = TRY(publish::list_hooks(places.hooks_folder, run.around.environment.uid()));
  for (const HookRun& each : publish::due_runs(events, ledger, std::move(hooks))) {
    auto end = publish::run_hook(places.hooks_folder + "/" + each.hook, environment_of(each), limit);
    if (!end) end = publish::HookEnd{false, end.error().line(), ""};
    ledger[{each.hook, each.token}] = {each.event.number, end->ok};
    TRY(publish::write_hook_ledger(places.state_folder, ledger));
    done.failed = done.failed || !end->ok;
    done.runs.push_back(document_of(each, *end));
    if (end->ok)
      done.text += line_of(each, *end) + "\n";
    else
      run.console().line("scopedctl: " + line_of(each, *end));
  }
  return {};
}

std::set<bool> levels_of(const Run& run) {
  std::set<bool> levels;
  for (const auto& [host, registry] : run.config.registries) levels.insert(registry.origin.system);
  return levels;
}

Result<Exit> run(Run& run) {
  std::chrono::milliseconds limit = kTimeout;
  if (const auto given = run.options.optional("timeout")) limit = TRY(parse_duration(*given));
  Done done;
  for (const bool system : levels_of(run)) {
    const auto places = TRY(places_of(run, system));
    if (places) TRY(run_level(run, *places, limit, done));
  }
  json::Object document;
  document.set("runs", std::move(done.runs));
  run.answer(document, done.text);
  return done.failed ? Exit::findings : Exit::ok;
}

}  // namespace

const Command rows::hooks_run = {
    .words = "hooks run",
    .summary = "Run the programs that want to know of new passwords and of trouble",
    .about =
        R"(Runs what is due in the folders deploy.d (a token has a new password) and fail.d (a token has a problem)
of /etc/scoped/hooks, of ~/.config/scoped/hooks for a user, or of 'hooks' beside $SCOPED_AGENT_SOCKET.
The agent notes what happened in hook-events.json of its state folder and starts nothing itself. The
units scoped-hooks.path and scoped-hooks.timer call this when that file changes, and again for what
was missed or must be repeated: enable them where there are hooks.

A hook is an executable file that only root or you may change; names that begin with '.' or end in
'~' are passed over. Hooks run one after another in the order of their bytes, with an empty standard
input and nothing in their environment but PATH, SCOPED_REGISTRY, SCOPED_TOKEN, SCOPED_OCCASION and
SCOPED_GENERATION or SCOPED_REASON; never a password. Each is run once for each promotion of each
token, also over a reboot. One that fails is reported and not run again until the next promotion,
unless its name ends in '.required': then it is tried again each time, and until it has succeeded
the slot of the old password is held: it is not generated, though it may lapse.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl hooks run

# Whenever there is something to tell
# systemctl enable --now scoped-hooks.path

scopedctl hooks run --timeout 30s -o json
# {"runs": [{"hook": "deploy.d/10-reload", "registry": "myregistry.azurecr.io", "token": "node-blue", ...}]})",
    .exits = kExits,
    .run = &run,
};

}  // namespace scoped::ctl
