#include "common/config/draft.h"
#include "common/config/names.h"
#include "common/config/rows.h"
#include "common/config/section.h"

namespace scoped::config {
namespace {

// A registry on its way, with what its parts need.
struct Reading {
  Registry registry;
  RegistryNumbers numbers;
  Draft& draft;
  const Catalog& catalog;
  Report& report;

  void refer(Target target, const std::string& name, int line) {
    draft.references.push_back({target, name, registry.host, report.here(line)});
  }
};

// Reports the elements that a checker of the catalog refuses, each with its line.
void check_elements(const Reading& reading, const json::Value& list, Result<> (*check)(std::string_view)) {
  if (check == nullptr) return;
  for (const json::Value& element : *list.array())
    if (const auto checked = check(*element.text()); !checked)
      reading.report.add(element.line(), checked.error().line());
}

void read_repository(Reading& reading, ScopeMap& scope_map, const json::Member& member) {
  Report& report = reading.report;
  if (reading.catalog.repository_pattern != nullptr)
    if (const auto checked = reading.catalog.repository_pattern(member.key); !checked)
      report.add(member.line, checked.error().line());
  const Setting row{.name = member.key, .kind = Kind::text_list};
  const auto actions = read_value(row, member.value, reading.catalog, report);
  if (!actions) return;
  check_elements(reading, member.value, reading.catalog.action);
  scope_map.repositories[member.key] = std::get<std::vector<std::string>>(*actions);
}

void read_scope_map(Reading& reading, const std::string& name, const json::Object& object, int line) {
  if (const auto wrong = problem_of_scope_map_name(name)) reading.report.add(line, *wrong);
  const Section section = read_section(object, line, scope_map_rows(), reading.catalog, reading.report);
  ScopeMap scope_map;
  scope_map.origin = reading.report.here(line);
  if (const auto* description = section.text("description")) scope_map.description = *description;
  if (const auto* part = section.part("repositories"))
    for (const json::Member& member : part->object->members()) read_repository(reading, scope_map, member);
  reading.registry.scope_maps[name] = std::move(scope_map);
}

void read_allow(Reading& reading, Token& token, const Section::Part& part) {
  const Section section =
      read_section(*part.object, part.line, allow_rows(), reading.catalog, reading.report);
  token.allow_given = true;
  if (const auto* users = section.list("users")) token.allow_users.insert(users->begin(), users->end());
  if (const auto* groups = section.list("groups")) token.allow_groups.insert(groups->begin(), groups->end());
}

void read_token(Reading& reading, const std::string& name, const json::Object& object, int line) {
  Report& report = reading.report;
  if (const auto wrong = problem_of_token_name(name)) report.add(line, *wrong);
  const Section section = read_section(object, line, token_rows(), reading.catalog, report);
  Token token;
  token.origin = report.here(line);
  if (const auto* scope_map = section.text("scope_map")) {
    token.scope_map = *scope_map;
    reading.refer(Target::scope_map, token.scope_map, section.find("scope_map")->line);
  }
  if (const auto* entry = section.find("repositories")) {
    token.repositories = std::get<std::vector<std::string>>(entry->value);
    check_elements(reading, *entry->written, reading.catalog.repository_pattern);
  }
  if (const auto* allow = section.part("allow")) read_allow(reading, token, *allow);
  const auto* part = section.part("rotation");
  RotationLevel numbers =
      read_rotation(reading.numbers.registry, part == nullptr ? nullptr : part->object,
                    part == nullptr ? line : part->line, token.origin, reading.catalog, report);
  token.rotation = numbers.values;
  reading.numbers.tokens[name] = std::move(numbers);
  reading.registry.tokens[name] = std::move(token);
}

void read_control(Reading& reading, const Section::Part& part) {
  TypedReading control = read_typed("control", "control", *part.object, part.line, reading.catalog.controls,
                                    reading.catalog, reading.report);
  add_references(reading.draft, control.names, reading.report);
  reading.numbers.control = control.typed.origin;
  for (const NamedBy& named : control.names)
    if (named.row->kind == Kind::identity && named.row->name == "identity")
      reading.numbers.identity = named.name;
  reading.registry.control = std::move(control.typed);
}

void read_endpoints(Reading& reading, const Section::Entry& entry) {
  for (const json::Value& written : *entry.written->array()) {
    if (auto host = parse_host(*written.text(), reading.catalog))
      reading.registry.endpoints.push_back(std::move(*host));
    else
      reading.report.add(written.line(), host.error().line());
  }
}

void read_parts(Reading& reading, const Section& section) {
  const auto* rotation = section.part("rotation");
  reading.numbers.registry =
      read_rotation(built_in_rotation(), rotation == nullptr ? nullptr : rotation->object,
                    rotation == nullptr ? section.line() : rotation->line, reading.registry.origin,
                    reading.catalog, reading.report);
  reading.registry.rotation = reading.numbers.registry.values;
  if (const auto* control = section.part("control")) read_control(reading, *control);
  if (const auto* part = section.part("scope_maps"))
    for_each_object(*part->object, reading.report,
                    [&](const std::string& name, const json::Object& object, int line) {
                      read_scope_map(reading, name, object, line);
                    });
  if (const auto* part = section.part("tokens"))
    for_each_object(*part->object, reading.report,
                    [&](const std::string& name, const json::Object& object, int line) {
                      read_token(reading, name, object, line);
                    });
}

void read_own_settings(Reading& reading, const Section& section) {
  Registry& registry = reading.registry;
  const Section::Entry* store = section.find("store");
  if (store != nullptr) registry.store = std::get<std::string>(store->value);
  reading.refer(Target::store, registry.store, store == nullptr ? section.line() : store->line);
  if (const Section::Entry* token = section.find("default_token")) {
    registry.default_token = std::get<std::string>(token->value);
    reading.refer(Target::token, registry.default_token, token->line);
  }
  if (const std::string* ca_file = section.text("ca_file")) registry.ca_file = *ca_file;
  if (const Section::Entry* endpoints = section.find("endpoints")) read_endpoints(reading, *endpoints);
}

}  // namespace

void read_registry(const std::string& written_host, const json::Object& object, int line, Draft& draft,
                   const Catalog& catalog, Report& report) {
  const size_t references_before = draft.references.size();
  auto host = parse_host(written_host, catalog);
  if (!host) report.add(line, host.error().line());
  Reading reading{{}, {}, draft, catalog, report};
  reading.registry.host = host.value_or(written_host);
  reading.registry.origin = report.here(line);
  const Section section = read_section(object, line, registry_rows(), catalog, report);
  read_own_settings(reading, section);
  read_parts(reading, section);
  if (!is_new(draft.config.registries, "registry", reading.registry.host, line, report)) {
    draft.references.resize(references_before);
    return;
  }
  const std::string name = reading.registry.host;
  draft.numbers[name] = std::move(reading.numbers);
  draft.config.registries[name] = std::move(reading.registry);
}

}  // namespace scoped::config
