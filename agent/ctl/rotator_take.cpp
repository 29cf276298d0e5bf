#include "agent/ctl/commands.h"
#include "agent/ctl/run.h"
#include "agent/ctl/table.h"
#include "agent/ctl/take_rotator.h"
#include "agent/ctl/targets.h"
#include "agent/ctl/times.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {
    {"HOST/TOKEN",
     "The token; HOST may be the host's first word, or left out where one registry has it.",
     false,
     {},
     Names::token}};
constexpr Flag kFlags[] = {
    {.name = "all", .help = "Every token of the configuration whose store cannot compare and set."},
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (options.has("all") != options.positional(0).has_value()) return {};
  return fail(ErrorCode::invalid_input, "name one token, or give --all");
}

// Of a registry whose store needs it, with --all; a store that cannot be opened is an error, not a 'no'.
Result<std::vector<record::RecordName>> all_tokens(const Run& run) {
  std::vector<record::RecordName> names;
  for (const auto& [host, registry] : run.config.registries) {
    if (!registry.control) continue;
    if (TRY(run.parts.store_of(host))->caps().cas != store::CompareAndSet::none) continue;
    for (const auto& [token, settings] : registry.tokens) names.push_back({host, token});
  }
  if (names.empty())
    return fail(ErrorCode::invalid_input,
                "every store of the configuration compares and sets: there is nothing to move");
  return names;
}

Result<TimeInterval> time_of(const Run& run, const record::RecordName& name) {
  if (const auto known = TRY(run.registry_time(name.registry))) return *known;
  const auto token = TRY(run.parts.control_of(name.registry))->get_token(name.token);  // for its Date alone
  if (!token && token.error().code() != ErrorCode::not_found) return fail(token.error());
  if (const auto known = TRY(run.registry_time(name.registry))) return *known;
  return fail(ErrorCode::unavailable, "the registry's time is not known");
}

Result<Taken> take(const Run& run, const record::RecordName& name) {
  store::RecordStore& store = *TRY(run.parts.store_of(name.registry));
  Taking taking;
  taking.instance = TRY(run.parts.rotator_name(name.registry));
  taking.now = TRY(time_of(run, name));
  taking.wait = TRY(run.parts.rotator_wait(name));
  return take_rotator(store, name, taking);
}

json::Value document_of(const Taken& taken, const std::string& instance) {
  json::Object object;
  object.set("registry", taken.name.registry);
  object.set("token", taken.name.token);
  object.set("rotator", instance);
  if (!taken.before.empty()) object.set("before", taken.before);
  if (taken.from) object.set("from", format_rfc3339(*taken.from));
  return object;
}

Result<Exit> run(Run& run) {
  std::vector<record::RecordName> names;
  if (run.options.has("all"))
    names = TRY(all_tokens(run));
  else
    names.push_back(TRY(choose_token(run.config, *run.options.positional(0))));
  json::Array documents;
  Table table({"TOKEN", "ROTATED BY", "FROM", "BEFORE"});
  bool failed = false;
  for (const record::RecordName& name : names) {
    const auto taken = take(run, name);
    if (!taken) {
      failed = true;
      run.console().line("scopedctl: rotator take '" + name.display() + "': " + taken.error().line());
      continue;
    }
    const std::string instance = TRY(run.parts.rotator_name(name.registry));
    documents.push_back(document_of(*taken, instance));
    table.row({name.display(), instance, taken->from ? with_relative(taken->from, run.now()) : "now",
               taken->before});
  }
  json::Object document;
  document.set("tokens", std::move(documents));
  run.answer(document, table.empty() ? "" : table.text(run.width()));
  return failed ? Exit::failed : Exit::ok;
}

}  // namespace

const Command rows::rotator_take = {
    .words = "rotator take",
    .summary = "Let this machine's agent rotate a token, where one alone may",
    .about =
        R"(Some stores cannot compare and set: two agents that save at once lose each other's passwords. In
such a store each record names the one instance that rotates its token, which is the machine where the
token was imported; an agent elsewhere that has the duty 'rotate' says so in 'scopedctl status' and
leaves it alone. This moves the token here: to the agent of this machine, or to scopedctl where none
runs. Run it as the user whose configuration the agent reads, which for the system's is root.

The old instance may be dead or alive. Nothing is rotated before every bearer has ended with which it
may still be writing ("fence_max" and "fence_margin"); the passwords go on working meanwhile. If it was
saving something in this very moment, the record may name it again: 'scopedctl status' says who
rotates. Run it anew then, best with that agent stopped.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(scopedctl rotator take myregistry.azurecr.io/node-blue

# The build host is gone; everything that it rotated is rotated here from now on
scopedctl rotator take --all -o json
# {"tokens": [{"registry": "myregistry.azurecr.io", "token": "node-blue",
#   "rotator": "build8.0f3c5a7b9d11", "before": "build7.52ab01c94e77", "from": "2026-01-02T04:44:05Z"}]})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
