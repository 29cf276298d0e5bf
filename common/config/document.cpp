#include "common/config/copies.h"
#include "common/config/draft.h"
#include "common/config/names.h"
#include "common/config/rows.h"
#include "common/config/section.h"

#include <charconv>

namespace scoped::config {
namespace {

constexpr json::Limits kLimits{.comments = true};

// "line 3: duplicate key 'x'" -> 3, "duplicate key 'x'".
void report_syntax(std::string_view text, Report& report) {
  constexpr std::string_view kLine = "line ";
  int line = 0;
  if (text.starts_with(kLine)) {
    const auto [stop, problem] = std::from_chars(text.data() + kLine.size(), text.data() + text.size(), line);
    const std::string_view rest = text.substr(static_cast<size_t>(stop - text.data()));
    if (problem == std::errc() && rest.starts_with(": ")) text = rest.substr(2);
  }
  report.add(line, std::string(text));
}

// One object or file where the draft and the problems go.
struct Reading {
  Draft& draft;
  const Catalog& catalog;
  Report& report;
};

using TypedMap = std::map<std::string, Typed>;

void read_typed_objects(Reading& reading, const std::string& what, const json::Object& object,
                        const std::vector<TypeRow>& table, TypedMap& into) {
  for_each_object(object, reading.report, [&](const std::string& name, const json::Object& inner, int line) {
    if (const auto wrong = problem_of_object_name(name)) reading.report.add(line, *wrong);
    TypedReading read = read_typed(what, name, inner, line, table, reading.catalog, reading.report);
    if (!is_new(into, what, name, line, reading.report)) return;
    add_references(reading.draft, read.names, reading.report);
    into[name] = std::move(read.typed);
  });
}

void read_profile(Reading& reading, const std::string& name, const json::Object& object) {
  Draft& draft = reading.draft;
  for (const json::Member& member : object.members()) {
    const Setting row{.name = member.key, .kind = Kind::text};
    const auto token = read_value(row, member.value, reading.catalog, reading.report);
    const auto host = parse_host(member.key, reading.catalog);
    if (!host) reading.report.add(member.line, host.error().line());
    if (!token || !host) continue;
    const Origin place = reading.report.here(member.line);
    if (!draft.config.profiles[name].emplace(*host, std::get<std::string>(*token)).second) {
      reading.report.add(place, "profile " + in_quotes(name) + " names " + in_quotes(*host) + " twice");
      continue;
    }
    draft.references.push_back({Target::registry, *host, "", place});
    draft.references.push_back({Target::token, std::get<std::string>(*token), *host, place});
  }
}

void read_profiles(Reading& reading, const json::Object& object) {
  Draft& draft = reading.draft;
  for_each_object(object, reading.report, [&](const std::string& name, const json::Object& inner, int line) {
    if (const auto wrong = problem_of_object_name(name)) reading.report.add(line, *wrong);
    if (!is_new(draft.profiles, "profile", name, line, reading.report)) return;
    draft.profiles[name] = {reading.report.here(line)};
    draft.config.profiles[name];
    read_profile(reading, name, inner);
  });
}

// False, and reported, when another file of this level has given it.
bool is_given_once(Reading& reading, const std::string& key, int line) {
  const auto [first, added] =
      reading.draft.given.emplace(std::pair(reading.report.system(), key), reading.report.here(line));
  if (added) return true;
  reading.report.add(line, in_quotes(key) + " is given already at " + first->second.file + ":" +
                               std::to_string(first->second.line));
  return false;
}

// `agent` counts at the level of the running agent: where both levels are read, it is the user's.
void start_agent_of_level(Draft& draft, bool system) {
  if (draft.agent_is_systems && !system) {
    draft.config.agent = {};
    draft.duties_given = false;
  }
  draft.agent_is_systems = system;
}

void read_metrics(Reading& reading, const Section::Part& part) {
  const Section section =
      read_section(*part.object, part.line, metrics_rows(), reading.catalog, reading.report);
  const Section::Entry* listen = section.find("listen");
  if (listen == nullptr || !is_given_once(reading, "listen", listen->line)) return;
  auto endpoint = parse_endpoint(std::get<std::string>(listen->value));
  if (endpoint)
    reading.draft.config.agent.metrics = std::move(*endpoint);
  else
    reading.report.add(listen->line, endpoint.error().line());
}

void read_agent(Reading& reading, const Section::Part& part) {
  Draft& draft = reading.draft;
  Agent& agent = draft.config.agent;
  start_agent_of_level(draft, reading.report.system());
  const Section section =
      read_section(*part.object, part.line, agent_rows(), reading.catalog, reading.report);
  const Section::Entry* duties = section.find("duties");
  if (duties != nullptr && is_given_once(reading, "duties", duties->line)) {
    const auto& list = std::get<std::vector<std::string>>(duties->value);
    agent.duties = {list.begin(), list.end()};
    draft.duties_given = true;
  }
  if (const auto* listeners = section.part("listeners"))
    read_typed_objects(reading, "listener", *listeners->object, reading.catalog.listeners, agent.listeners);
  if (const auto* metrics = section.part("metrics")) read_metrics(reading, *metrics);
}

void read_copies(Reading& reading, const Section::Part& part) {
  const Section section =
      read_section(*part.object, part.line, copies_rows(), reading.catalog, reading.report);
  for (const Section::Entry& entry : section.entries())
    if (is_given_once(reading, std::string(entry.row->name), entry.line))
      set_copies(reading.draft.config.copies, entry);
}

void read_registries(Reading& reading, const json::Object& object) {
  for_each_object(object, reading.report, [&](const std::string& host, const json::Object& inner, int line) {
    read_registry(host, inner, line, reading.draft, reading.catalog, reading.report);
  });
}

}  // namespace

void add_references(Draft& draft, const std::vector<NamedBy>& names, const Report& report) {
  for (const NamedBy& named : names) {
    const Origin place = report.here(named.line);
    if (named.row->kind == Kind::identity) {
      draft.references.push_back({Target::identity, named.name, "", place});
      continue;
    }
    const size_t slash = named.name.rfind('/');
    const std::string host = named.name.substr(0, slash);
    draft.references.push_back({Target::registry, host, "", place});
    draft.references.push_back({Target::token, named.name.substr(slash + 1), host, place});
  }
}

void read_document(const std::string& text, Draft& draft, const Catalog& catalog, Report& report) {
  const auto document = json::parse(text, kLimits);
  if (!document) {
    draft.incomplete = true;
    return report_syntax(document.error().line(), report);
  }
  const json::Object* object = document->object();
  if (object == nullptr) {
    draft.incomplete = true;
    return report.add(document->line(),
                      "the file is " + std::string(name_of(document->type())) + ", expected an object");
  }
  Reading reading{draft, catalog, report};
  Config& config = draft.config;
  const Section section = read_section(*object, document->line(), document_rows(), catalog, report);
  if (const auto* part = section.part("identities"))
    read_typed_objects(reading, "identity", *part->object, catalog.identities, config.identities);
  if (const auto* part = section.part("stores"))
    read_typed_objects(reading, "store", *part->object, catalog.stores, config.stores);
  if (const auto* part = section.part("registries")) read_registries(reading, *part->object);
  if (const auto* part = section.part("profiles")) read_profiles(reading, *part->object);
  if (const auto* part = section.part("publishers"))
    read_typed_objects(reading, "publisher", *part->object, catalog.publishers, config.publishers);
  if (const auto* part = section.part("agent")) read_agent(reading, *part);
  if (const auto* part = section.part("copies")) read_copies(reading, *part);
}

}  // namespace scoped::config
