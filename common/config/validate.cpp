#include "common/config/draft.h"
#include "common/config/nearest.h"

namespace scoped::config {
namespace {

// The store that exists without being defined.
constexpr std::string_view kDefaultStore = "default";

template <typename Map>
Names names_of_level(const Map& objects, bool system) {
  Names names;
  for (const auto& [name, object] : objects)
    if (object.origin.system == system) names.push_back(name);
  return names;
}

template <typename Map>
Names all_names(const Map& objects) {
  Names names;
  for (const auto& [name, object] : objects) names.push_back(name);
  return names;
}

// A name and where it stands in the configuration.
struct Lookup {
  std::string what;
  bool defined = false;      // at the level of the reference
  bool other_level = false;  // defined, but not at that level
  Names (*names)(const Config&, const Reference&);
};

const Registry* registry_of(const Config& config, const Reference& reference) {
  const auto found = config.registries.find(reference.registry);
  return found == config.registries.end() ? nullptr : &found->second;
}

template <auto kMap>
Lookup look_up(std::string what, const Config& config, const Reference& reference) {
  const auto found = (config.*kMap).find(reference.name);
  const bool exists = found != (config.*kMap).end();
  const bool same = exists && found->second.origin.system == reference.place.system;
  return {std::move(what), same, exists && !same,
          [](const Config& in, const Reference& by) { return names_of_level(in.*kMap, by.place.system); }};
}

// Of a registry; its level is that of the registry, which is a reference of its own.
template <auto kMap>
Lookup look_up_inside(std::string what, const Config& config, const Reference& reference) {
  const Registry* registry = registry_of(config, reference);
  return {std::move(what), registry != nullptr && (registry->*kMap).contains(reference.name), false,
          [](const Config& in, const Reference& by) {
            const Registry* holder = registry_of(in, by);
            return holder == nullptr ? Names{} : all_names(holder->*kMap);
          }};
}

Lookup look_up(const Config& config, const Reference& reference) {
  switch (reference.target) {
    case Target::store:
      return look_up<&Config::stores>("store", config, reference);
    case Target::identity:
      return look_up<&Config::identities>("identity", config, reference);
    case Target::registry:
      return look_up<&Config::registries>("registry", config, reference);
    case Target::token:
      return look_up_inside<&Registry::tokens>("token", config, reference);
    case Target::scope_map:
      break;
  }
  return look_up_inside<&Registry::scope_maps>("scope map", config, reference);
}

// Some names may be used without being defined: the built-in store; a token of a registry that is missing
// itself, which is a problem of its own; and a scope map that only the registry knows (one of the system's,
// or made by hand), unless it looks like a slip of one that is defined.
bool may_be_undefined(const Reference& reference, const Lookup& lookup, const Config& config) {
  switch (reference.target) {
    case Target::store:
      return reference.name == kDefaultStore && !lookup.other_level;
    case Target::token:
      return registry_of(config, reference) == nullptr;
    case Target::scope_map:
      for (std::string_view known : lookup.names(config, reference))
        if (edit_distance(reference.name, known) <= 1) return false;
      return true;
    default:
      return false;
  }
}

void check(const Reference& reference, const Config& config, Report& report) {
  const Lookup lookup = look_up(config, reference);
  if (lookup.defined || may_be_undefined(reference, lookup, config)) return;
  const std::string what = lookup.what + " " + in_quotes(reference.name);
  if (!lookup.other_level)
    report.add(reference.place,
               what + " is not defined" + suggestion(reference.name, lookup.names(config, reference)));
  else if (reference.place.system)
    report.add(reference.place, what + " is a user's: the system's files may name only the system's");
  else
    report.add(reference.place, what + " is the system's: a user's files may name only the user's own");
}

// The bound of the identity that writes to the control plane; nothing when it is not known.
std::optional<Fence> fence_of(const RegistryNumbers& numbers, const Config& config, const Catalog& catalog) {
  const auto identity = config.identities.find(numbers.identity);
  if (identity == config.identities.end()) return std::nullopt;
  const TypeRow* type = find_type(catalog.identities, identity->second.type);
  if (type == nullptr) return std::nullopt;
  return Fence{numbers.identity, type->fence_max};
}

}  // namespace

void validate(const Draft& draft, const Catalog& catalog, Report& report) {
  for (const auto& [host, numbers] : draft.numbers)
    if (const auto fence = fence_of(numbers, draft.config, catalog))
      check_rotation(numbers.registry, numbers.tokens, *fence, numbers.control, report);
  if (draft.incomplete) return;  // what seems to be missing may stand in the file that could not be read
  for (const Reference& reference : draft.references) check(reference, draft.config, report);
}

}  // namespace scoped::config
