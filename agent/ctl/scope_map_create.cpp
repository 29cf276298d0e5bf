#include "agent/ctl/scope_map_create.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/run.h"
#include "agent/ctl/scope_map_view.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr size_t kLongestDescription = 256;

constexpr Flag kFlags[] = {
    {.name = "name",
     .letter = 'n',
     .value = "NAME",
     .help = "The scope map's name: 5 to 50 letters, digits, '-' and '_'.",
     .required = true},
    kRepositoryFlag,
    {.name = "description", .value = "TEXT", .help = "What it is for, at most 256 characters."},
    kRegistryFlag,
    kOutputFlag,
};

Result<> check(const Options& options) {
  if (!options.has("repository"))
    return fail(ErrorCode::invalid_input, "'scope-map create' needs '--repository REPOSITORY ACTION...'");
  TRY(policy::parse_grants(options.groups("repository")));
  return check_description(options);
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  registry::ControlPlane* control = TRY(run.parts.control_of(registry->host));
  auto grants = TRY(policy::parse_grants(run.options.groups("repository")));
  const WantedScopeMap wanted{run.options.text("name"), run.options.optional("description"),
                              std::move(grants)};
  const auto made = TRY(ensure_scope_map(*control, wanted));
  json::Value document = scope_map_json(made.map);
  document.object()->set("created", made.is_new);
  run.answer(document, "scope map '" + made.map.name + "' of '" + registry->host + "'" +
                           (made.is_new ? " is made: " : " was there already: ") + grants_line(made.map));
  return Exit::ok;
}

}  // namespace

Result<> check_description(const Options& options) {
  if (options.optional("description").value_or("").size() <= kLongestDescription) return {};
  return fail(ErrorCode::invalid_input, "'--description' is longer than 256 characters");
}

Result<EnsuredScopeMap> ensure_scope_map(registry::ControlPlane& control, const WantedScopeMap& wanted) {
  const std::vector<std::string> actions = policy::actions_of(wanted.grants);
  auto there = control.get_scope_map(wanted.name);
  if (there) {
    const bool fits = policy::are_same(there->actions, actions) &&
                      (!wanted.description || *wanted.description == there->description);
    if (fits) return EnsuredScopeMap{std::move(*there), false};
    return fail(ErrorCode::conflict,
                "scope map '" + wanted.name + "' exists and is left as it is, with " + grants_line(*there));
  }
  if (there.error().code() != ErrorCode::not_found) return fail(std::move(there).error());
  auto made = TRY(control.create_scope_map(wanted.name, wanted.description.value_or(""), actions));
  return EnsuredScopeMap{std::move(made), true};
}

const Command rows::scope_map_create = {
    .words = "scope-map create",
    .summary = "Make a scope map: some repositories and what may be done there",
    .about =
        R"(A scope map says which repositories a token reaches and what it may do there. Give each consumer
the least that does its work:

  content/read     pull images               content/write    push images (a push also needs read)
  metadata/read    list tags and manifests   content/delete   delete images and tags
  metadata/write   change metadata

A repository may end in '/*' ("samples/*" covers everything below samples/), and it need not exist
yet. One that is there already with the same actions is left alone, so the command can be repeated;
one with other actions is never overwritten.)",
    .flags = kFlags,
    .examples =
        R"(# A cluster that pulls
scopedctl scope-map create --name app-pull --repository myapp/api content/read metadata/read

# A pipeline that pushes to two repositories
scopedctl scope-map create --name cicd-scope --description "CI/CD pipeline" \
    --repository myapp/api content/read content/write --repository myapp/web content/read content/write

scopedctl scope-map create -n sdk-read --repository shared/* content/read -r myregistry -o json
# {"name": "sdk-read", "description": "", "system_defined": false,
#   "repositories": {"shared/*": ["content/read"]}, "actions": ["repositories/shared/*/content/read"],
#   "created": true})",
    .check = &check,
    .run = &run,
};

}  // namespace scoped::ctl
