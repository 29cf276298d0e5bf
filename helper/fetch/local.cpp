#include "helper/fetch/local.h"

#include "common/answer/directory.h"
#include "common/answer/explanation.h"
#include "common/config/load.h"
#include "common/identity/identity.h"
#include "common/protocol/docker.h"
#include "common/record/names.h"

namespace scoped::fetch {
namespace {

using answer::Answer;
using answer::Load;
using broker::Heard;
using broker::Level;

answer::Now present(const Clock& clock) { return {clock.now(), clock.boot_now()}; }

// Control planes and listeners are the agent's and scopedctl's business: here they are only carried along.
config::Catalog catalog() {
  config::Catalog known;
  for (const store::Type& type : store::types()) known.stores.push_back({type.name, type.settings});
  for (const identity::Type& type : identity::types())
    known.identities.push_back({type.name, type.settings, type.fence_max});
  known.registry_host = &record::parse_registry_host;
  known.repository_pattern = &record::check_repository_pattern;
  known.action = &record::check_action;
  return known;
}

Error configuration_error(const std::vector<config::Problem>& problems) {
  std::string line = "configuration: " + problems.front().display();
  if (problems.size() > 1) line += " (and " + std::to_string(problems.size() - 1) + " more)";
  return {ErrorCode::configuration, line + ": run 'scopedctl status'"};
}

std::string files_text(const config::Config& configuration) {
  std::string text;
  for (const std::string& file : configuration.files) text += (text.empty() ? "'" : ", '") + file + "'";
  return "configuration: read " + (text.empty() ? "no file" : text);
}

Answer failure(const std::string& line) {
  return {.exit_code = 1, .also_stderr = true, .text = Secret(line + "\n")};
}

}  // namespace

std::string needs_agent(const std::string& host, std::optional<Heard> heard, const std::string& group) {
  if (heard == Heard::forbidden)
    return "'" + host + "' is served by scoped-agent; you are not in " +
           (group.empty() ? "the group of its socket" : "group '" + group + "'");
  return "'" + host + "' needs scoped-agent, which " +
         (heard == Heard::no_answer ? "does not answer" : "is not running");
}

Local::Local(Use use, config::Config configuration, answer::Permissions permissions, answer::Caller caller)
    : use_(std::move(use)),
      configuration_(std::move(configuration)),
      permissions_(std::move(permissions)),
      caller_(std::move(caller)),
      copies_(configuration_.copies.revalidate_sealed),
      engine_(configuration_, permissions_, copies_),
      sealed_(use_.environment, use_.random, use_.say),
      network_(
          std::make_shared<Network>(configuration_.identities, use_.environment, use_.clock, use_.random)) {}

Result<std::unique_ptr<Local>> Local::make(Use use) {
  config::Loaded loaded = config::load_config({}, use.environment, catalog());
  if (!loaded.config) return fail(configuration_error(loaded.problems));
  if (use.say) use.say(files_text(*loaded.config));
  answer::Caller caller = answer::read_caller(use.environment);
  auto permissions = TRY_WITH(answer::permissions_for(*loaded.config, caller.uid, answer::system_directory()),
                              "configuration");
  return std::unique_ptr<Local>(
      new Local(std::move(use), std::move(*loaded.config), std::move(permissions), std::move(caller)));
}

Answer Local::get(const answer::Form& form, const std::string& profile, std::string_view input) {
  const std::string verb(protocol::name_of(protocol::Verb::get));
  const answer::Request request{verb, profile, input, caller_, form};
  auto begun = engine_.begin(request, present(use_.clock));
  if (auto* answer = std::get_if<Answer>(&begun)) return std::move(*answer);
  const Load& load = std::get<Load>(begun);
  return is_sealed(configuration_.registries.at(load.name.registry)) ? load_by_flight(request, load)
                                                                     : load_directly(load);
}

Answer Local::load_directly(const Load& load) {
  const config::Registry& registry = configuration_.registries.at(load.name.registry);
  const auto store = store_of(registry);
  if (!store) return cannot_open(registry, store.error());
  const answer::Now before = present(use_.clock);
  const store::LoadResult loaded = (*store)->load(load.name);
  if (use_.say)
    use_.say("store '" + registry.store + "': record '" + load.name.display() + "' is " +
             std::string(store::name_of(loaded.state)));
  copies_.take(load.name, loaded, before.real, before.boot);
  return engine_.finish(load, &loaded, present(use_.clock));
}

Answer Local::load_by_flight(const answer::Request& request, const Load& load) {
  const config::Registry& registry = configuration_.registries.at(load.name.registry);
  Answer answer = make_flight(registry).answer(request, load);
  return answer.exit_code != 0 && unopened_ ? cannot_open(registry, *unopened_) : std::move(answer);
}

Flight Local::make_flight(const config::Registry& registry) {
  unopened_.reset();
  auto load = [this, settings = store_settings(registry)](const record::RecordName& name,
                                                          std::chrono::milliseconds wait) {
    const auto unopened = std::make_shared<std::optional<Error>>();
    auto loaded = use_.within(
        [settings, name, unopened, open = use_.open, network = network_] {
          const auto store = open(settings, network->context());
          if (store) return (*store)->load(name);
          *unopened = store.error();
          return store::LoadResult::unopened(store.error());
        },
        wait);
    if (loaded) unopened_ = *unopened;
    return loaded;
  };
  return Flight({.engine = engine_,
                 .copies = copies_,
                 .sealed = sealed_,
                 .clock = use_.clock,
                 .revalidate = configuration_.copies.revalidate_sealed,
                 .deadline = use_.deadline,
                 .boot_id = use_.boot_id,
                 .load = std::move(load),
                 .say = use_.say});
}

void Local::doubt(const std::string& profile, std::string_view input) {
  const std::string verb(protocol::name_of(protocol::Verb::get));
  const auto begun = engine_.begin({verb, profile, input, caller_}, present(use_.clock));
  const auto* load = std::get_if<Load>(&begun);
  if (load == nullptr) return;
  const config::Registry& registry = configuration_.registries.at(load->name.registry);
  if (is_sealed(registry)) make_flight(registry).doubt(load->name);
}

config::Typed Local::store_settings(const config::Registry& registry) const {
  const auto configured = configuration_.stores.find(registry.store);
  return configured != configuration_.stores.end()
             ? configured->second
             : store::default_store(use_.environment, registry.origin.system);
}

bool Local::is_sealed(const config::Registry& registry) const {
  return configuration_.copies.seal_local || !store::is_local(store_settings(registry));
}

Result<store::RecordStore*> Local::store_of(const config::Registry& registry) {
  const config::Typed settings = store_settings(registry);
  const std::string name = settings.name + (settings.origin.system ? " (system)" : " (user)");
  auto& store = stores_[name];
  if (!store) store = TRY(use_.open(settings, network_->context()));
  return store.get();
}

// The system's stores are readable for its agent alone, so the agent is what is missing.
Answer Local::cannot_open(const config::Registry& registry, const Error& why) const {
  if (!registry.origin.system || why.code() != ErrorCode::denied)
    return failure("'" + registry.host + "': " + why.line());
  const auto heard = use_.agents.heard(Level::system);
  const bool forbidden = heard == Heard::forbidden;
  return failure(needs_agent(registry.host, heard, forbidden ? group_of_system_socket() : std::string()));
}

// As an agent lists it: a record of which nothing is known is expected to be there.
std::optional<std::string> Local::listed_username(const record::RecordName& name,
                                                  const std::string& profile) {
  const config::Registry& registry = configuration_.registries.at(name.registry);
  if (is_sealed(registry)) {
    make_flight(registry).recall(name);
    const answer::Copy* copy = copies_.find(name);
    if (copy == nullptr) return name.token;
    return copy->record.current ? std::optional(copy->record.current->username) : std::nullopt;
  }
  const Answer answer = get(answer::docker_form(), profile, name.registry);
  if (answer.exit_code != 0) return std::nullopt;
  const auto credentials = protocol::parse_store(answer.text);
  return credentials ? std::optional(credentials->username) : std::nullopt;
}

std::map<std::string, std::string> Local::list(const std::string& profile) {
  std::map<std::string, std::string> usernames;
  for (const auto& [host, name] : answer::selectable(configuration_, permissions_, caller_, profile)) {
    const bool system = configuration_.registries.at(host).origin.system;
    if (use_.agents.listed().contains(system ? Level::system : Level::user)) continue;
    if (auto username = listed_username(name, profile)) usernames[host] = std::move(*username);
  }
  return usernames;
}

std::optional<answer::DockerKeyring> Local::docker_keyring() const {
  for (const auto& [name, settings] : configuration_.stores) {
    if (!store::reads_docker_logins(settings)) continue;
    if (auto keyring = use_.open_keyring(settings)) return answer::DockerKeyring(std::move(*keyring));
  }
  return std::nullopt;
}

void Local::say_choice(const answer::Form& form, const std::string& profile, std::string_view input) const {
  if (!use_.say) return;
  const auto asked = form.read(input);
  const auto key = asked ? asked->key : std::nullopt;
  if (!key) return use_.say("the key names no registry");
  const std::string named = key->repository.empty() ? key->registry : key->registry + "/" + key->repository;
  use_.say("'" + redacted_key(named) +
           "': " + summary_of(explain(configuration_, permissions_, caller_, profile, *key)));
}

}  // namespace scoped::fetch
