#include "tests/emulator/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace scoped::emulator {
namespace {

struct SystemMap {
  std::string_view name;
  std::string_view description;
  std::array<std::string_view, 5> operations;
};

// As they are in live registries.
constexpr std::array<SystemMap, 5> kSystemMaps = {
    SystemMap{"_repositories_pull", "Can pull any repository of the registry", {"content/read"}},
    SystemMap{"_repositories_pull_metadata_read",
              "Can perform all read operations on the registry",
              {"content/read", "metadata/read"}},
    SystemMap{"_repositories_push",
              "Can push to any repository of the registry",
              {"content/read", "content/write"}},
    SystemMap{"_repositories_push_metadata_write",
              "Can perform all read and write operations on the registry",
              {"metadata/read", "metadata/write", "content/read", "content/write"}},
    SystemMap{"_repositories_admin",
              "Can perform all read, write and delete operations on the registry",
              {"metadata/read", "metadata/write", "content/read", "content/write", "content/delete"}}};

tl::unexpected<Refusal> no_scope_map(const std::string& name) {
  return refuse(404, "ResourceNotFound", fmt::format("The resource {} could not be found.", name));
}

tl::unexpected<Refusal> system_defined(const std::string& name) {
  return refuse(400, "SystemDefinedScopeMap",
                fmt::format("The scope map '{}' is defined by the system.", name));
}

}  // namespace

const Limits* find_tier(std::string_view name) {
  const auto* found = std::find_if(kTiers.begin(), kTiers.end(),
                                   [&](const Limits& tier) { return same_name(tier.tier, name); });
  return found == kTiers.end() ? nullptr : found;
}

Model::Model(Contents contents, Limits limits) : contents_(std::move(contents)), limits_(limits) {}

std::string Model::registry_id() const {
  const Facts& facts = contents_.facts;
  return fmt::format(
      "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}",
      facts.subscription, facts.resource_group, facts.registry);
}

std::string Model::child_id(std::string_view collection, std::string_view name) const {
  return fmt::format("{}/{}/{}", registry_id(), collection, name);
}

Outcome<std::string> Model::name_in_id(std::string_view id, std::string_view collection) const {
  const std::string prefix = child_id(collection, "");
  if (id.size() <= prefix.size() || !same_name(id.substr(0, prefix.size()), prefix) ||
      id.find('/', prefix.size()) != std::string_view::npos)
    return refuse(400, "InvalidResourceId",
                  fmt::format("'{}' is not the id of one of the {} of this registry.", id, collection));
  return std::string(id.substr(prefix.size()));
}

Outcome<> Model::check(const ScopeMapBody& body) const {
  if (body.description && body.description->size() > limits_.description)
    return refuse(400, "InvalidDescription",
                  fmt::format("A description has at most {} characters.", limits_.description));
  if (!body.actions) return {};
  if (body.actions->size() > limits_.actions)
    return refuse(400, "ScopeMapActionLimitReached",
                  fmt::format("A scope map has at most {} actions.", limits_.actions));
  for (const std::string& action : *body.actions)
    if (!parse_action(action))
      return refuse(400, "InvalidScopeMapAction", fmt::format("The action '{}' is invalid.", action));
  return {};
}

const ScopeMap* Model::scope_map(std::string_view name) const {
  const auto found = contents_.scope_maps.find(lower(name));
  return found == contents_.scope_maps.end() ? nullptr : &found->second;
}

Outcome<Put<ScopeMap>> Model::put_scope_map(const std::string& name, const ScopeMapBody& body,
                                            const Moment& moment) {
  const auto old = contents_.scope_maps.find(lower(name));
  const bool created = old == contents_.scope_maps.end();
  if (!created && old->second.system_defined) return system_defined(name);
  if (!is_scope_map_name(name))
    return refuse(
        400, "InvalidScopeMapName",
        fmt::format("The scope map name '{}' is invalid: 5 to 50 letters, digits, '-' and '_'.", name));
  if (!body.actions) return refuse(400, "InvalidRequestContent", "'properties.actions' is required.");
  TRY(check(body));
  if (created && contents_.scope_maps.size() >= limits_.scope_maps)
    return refuse(400, "ScopeMapLimitReached",
                  fmt::format("The registry has its {} scope maps already.", limits_.scope_maps));
  ScopeMap& stored = contents_.scope_maps[lower(name)];
  if (created) {
    stored.name = name;
    stored.system = {std::string(moment.by), moment.now, {}, {}};
  }
  stored.description = body.description.value_or("");
  stored.actions = *body.actions;
  stored.system.modified_by = moment.by;
  stored.system.modified_at = moment.now;
  return Put<ScopeMap>{&stored, created};
}

Outcome<const ScopeMap*> Model::patch_scope_map(const std::string& name, const ScopeMapBody& body,
                                                const Moment& moment) {
  const auto found = contents_.scope_maps.find(lower(name));
  if (found == contents_.scope_maps.end()) return no_scope_map(name);
  if (found->second.system_defined) return system_defined(name);
  TRY(check(body));
  if (body.description) found->second.description = *body.description;
  if (body.actions) found->second.actions = *body.actions;
  found->second.system.modified_by = moment.by;
  found->second.system.modified_at = moment.now;
  return &found->second;
}

Outcome<bool> Model::delete_scope_map(const std::string& name) {
  const auto found = contents_.scope_maps.find(lower(name));
  if (found == contents_.scope_maps.end()) return false;
  if (found->second.system_defined) return system_defined(name);
  for (const auto& [key, token] : contents_.tokens)
    if (same_name(token.scope_map, name))
      return refuse(409, "ScopeMapInUse",
                    fmt::format("The scope map '{}' is used by the token '{}'.", name, token.name));
  contents_.scope_maps.erase(found);
  return true;
}

std::string make_guid(Random& random) {
  std::string digits = random.hex(16);
  digits[12] = '4';  // version and variant of a random UUID
  digits[16] = "89ab"[random.below(4)];
  for (size_t at : {20, 16, 12, 8}) digits.insert(at, "-");
  return digits;
}

Contents new_contents(std::string registry, Instant now, Random& random) {
  Contents contents;
  contents.facts = {std::move(registry),
                    make_guid(random),
                    make_guid(random),
                    "scoped-lab",
                    make_guid(random),
                    Secret(random.hex(20)),
                    now};
  for (const SystemMap& row : kSystemMaps) {
    ScopeMap map;
    map.name = row.name;
    map.description = row.description;
    map.system_defined = true;
    map.system = {"system", now, "system", now};
    for (std::string_view operation : row.operations)
      if (!operation.empty()) map.actions.push_back(fmt::format("repositories/*/{}", operation));
    contents.scope_maps.emplace(row.name, std::move(map));
  }
  return contents;
}

}  // namespace scoped::emulator
