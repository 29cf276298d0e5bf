#include "agent/ctl/commands.h"
#include "agent/ctl/publish_here.h"
#include "common/config/nearest.h"

namespace scoped::ctl {
namespace {

constexpr Positional kPositionals[] = {{"PUBLISHER", "Only this one of the configuration."}};
constexpr Flag kFlags[] = {
    {.name = "once", .help = "Tell them now, in this process, and end."},
    {.name = "forget",
     .value = "PUBLISHER",
     .help = "Nobody waits any more for one that was taken out of the configuration."},
    kOutputFlag,
};
constexpr ExitNote kExits[] = {{Exit::findings, "somebody has not got the password"}};

Result<std::vector<const config::Typed*>> choose(const Run& run) {
  const auto& publishers = run.config.publishers;
  if (publishers.empty()) return fail(ErrorCode::configuration, "the configuration has no 'publishers'");
  TRY(publish::check_publishers(publishers));
  std::vector<const config::Typed*> chosen;
  config::Names known;
  const auto asked = run.options.positional(0);
  for (const auto& [name, settings] : publishers) {
    known.push_back(name);
    if (!asked || *asked == name) chosen.push_back(&settings);
  }
  if (chosen.empty())
    return fail(ErrorCode::not_found,
                "the configuration has no publisher '" + *asked + "'" + config::suggestion(*asked, known));
  return chosen;
}

json::Value consumer_json(const publish::Consumer& consumer) {
  json::Object object;
  object.set("consumer", consumer.name);
  object.set("changed", consumer.changed);
  if (consumer.problem) object.set("problem", consumer.problem->line());
  return object;
}

json::Value round_json(const config::Typed& settings, const loop::PublishRound& round) {
  const record::RecordName token = publish::token_of(settings);
  json::Object object;
  object.set("publisher", settings.name);
  object.set("registry", token.registry);
  object.set("token", token.token);
  object.set("generation", round.generation);
  json::Array consumers;
  for (const publish::Consumer& each : round.consumers) consumers.push_back(consumer_json(each));
  object.set("consumers", std::move(consumers));
  if (round.error) object.set("problem", round.error->line());
  return object;
}

// One line a consumer: what went well is the answer, what did not is an error.
std::string tell(const Run& run, const config::Typed& settings, const loop::PublishRound& round) {
  std::string text;
  const std::string start = settings.name + ": ";
  for (const publish::Consumer& each : round.consumers) {
    if (each.problem)
      run.console().line("scopedctl: " + start + each.problem->line());
    else
      text += start + each.name + ": generation " + std::to_string(round.generation) +
              (each.changed ? ", written\n" : ", was there\n");
  }
  if (round.error) run.console().line("scopedctl: " + start + round.error->line());
  if (round.generation == 0 && !round.error)
    run.console().line("scopedctl: " + start + "'" + publish::token_of(settings).display() +
                       "' has no password yet: run 'scopedctl rotate " +
                       publish::token_of(settings).display() + "'");
  return text;
}

Result<> check(const Options& options) {
  if (options.has("once") != options.has("forget")) return {};
  return fail(ErrorCode::invalid_input, "say either --once or --forget PUBLISHER");
}

// Of the record of one token; true: it was written there.
Result<bool> forget_in(store::RecordStore& store, const record::RecordName& name, const std::string& id) {
  constexpr int kTries = 5;
  for (int tries = 1;; ++tries) {
    store::LoadResult loaded = store.load(name);
    if (!loaded.found && loaded.why) return fail(std::move(*loaded.why));
    if (!loaded.found || loaded.found->record.published.erase(id) == 0) return false;
    const auto saved = store.save(name, loaded.found->record, loaded.found->revision);
    if (saved) return true;
    if (saved.error().code() != ErrorCode::conflict || tries == kTries) return fail(saved.error());
  }
}

Result<Exit> forget(Run& run, const std::string& id) {
  if (run.config.publishers.contains(id))
    return fail(ErrorCode::conflict, "publisher '" + id +
                                         "' is in the configuration: take it out first, on every "
                                         "machine that has it");
  json::Array tokens;
  std::string text;
  for (const auto& [host, registry] : run.config.registries)
    for (const auto& [token, settings] : registry.tokens) {
      const record::RecordName name{host, token};
      store::RecordStore* store = TRY(run.parts.store_of(host));
      if (!TRY_WITH(forget_in(*store, name, id), "'" + name.display() + "'")) continue;
      tokens.push_back(name.display());
      text += name.display() + ": nobody waits for publisher '" + id + "' any more\n";
    }
  if (tokens.empty()) text = "no record waits for a publisher '" + id + "'\n";
  json::Object document;
  document.set("forgotten", std::move(tokens));
  run.answer(document, text);
  return Exit::ok;
}

Result<Exit> run(Run& run) {
  if (const auto id = run.options.optional("forget")) return forget(run, *id);
  json::Array rounds;
  std::string text;
  bool all = true;
  for (const config::Typed* settings : TRY(choose(run))) {
    const loop::PublishRound round = TRY(publish_round_here(run, *settings));
    all = all && round.is_confirmed();
    rounds.push_back(round_json(*settings, round));
    text += tell(run, *settings, round);
  }
  json::Object document;
  document.set("publishers", std::move(rounds));
  run.answer(document, text);
  return all ? Exit::ok : Exit::findings;
}

}  // namespace

const Command rows::publish = {
    .words = "publish",
    .summary = "Put the current password where its consumers look for it, once",
    .about =
        R"(Reads the record of each publisher's token and brings every consumer to its password: pull secrets
in Kubernetes, settings files of Docker and podman. Who has it already is only looked at. No agent is
needed, so that a pipeline can do it after a deployment; where an agent runs, it does the same by
itself after each promotion and looks after it every minute.

Nothing is written by half: a consumer has the whole login or what it had before, and each that has
not got it is one line that says what to do.

Every agent keeps a token's old password until all publishers have told everybody, also those of other
machines: what they said stands in the record. For one that no machine has any more, say --forget.)",
    .positionals = kPositionals,
    .flags = kFlags,
    .examples =
        R"(scopedctl publish --once

scopedctl publish --once pods -o json
# {"publishers": [{"publisher": "pods", "registry": "myregistry.azurecr.io", "token": "node-blue",
#   "generation": 3, "consumers": [{"consumer": "team-a/acr-pull", "changed": true}]}]}

# After the publisher 'old-cluster' was taken out of the configuration
scopedctl publish --forget old-cluster)",
    .exits = kExits,
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
