// The configuration while it is read: what the files so far defined, and what can be checked only when all of
// them have been read. Data only.
#pragma once

#include "common/config/config.h"
#include "common/config/report.h"
#include "common/config/rotation.h"
#include "common/config/typed.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace scoped::config {

enum class Target { store, identity, registry, token, scope_map };

// A name that must be defined at the level (system or user) that uses it.
struct Reference {
  Target target = Target::store;
  std::string name;
  std::string registry;  // of a token or scope map
  Origin place;
};

struct RegistryNumbers {
  RotationLevel registry;
  std::map<std::string, RotationLevel> tokens;
  std::string identity;  // that the control plane writes as; empty: there is nothing to fence
  Origin control;
};

struct Draft {
  Config config;
  std::vector<Reference> references;
  std::map<std::string, RegistryNumbers> numbers;
  struct Named {
    Origin origin;
  };
  std::map<std::string, Named> profiles;
  // Settings outside of named objects, which one file of a level may give: (system, key).
  std::map<std::pair<bool, std::string>, Origin> given;
  bool agent_is_systems = false;  // config.agent comes from the system's files
  bool duties_given = false;
  bool incomplete = false;  // a file could not be read or is no JSON: what it defined is not known
};

// One file into the draft. Problems are reported; what is right is kept.
void read_document(const std::string& text, Draft& draft, const Catalog& catalog, Report& report);
// One member of "registries".
void read_registry(const std::string& written_host, const json::Object& object, int line, Draft& draft,
                   const Catalog& catalog, Report& report);
// References, and numbers that must hold together.
void validate(const Draft& draft, const Catalog& catalog, Report& report);

void add_references(Draft& draft, const std::vector<NamedBy>& names, const Report& report);

// Whether `name` is not defined yet; reports it otherwise.
template <typename Map>
bool is_new(const Map& defined, const std::string& what, const std::string& name, int line, Report& report) {
  const auto found = defined.find(name);
  if (found == defined.end()) return true;
  const Origin& first = found->second.origin;
  const std::string place = first.file + ":" + std::to_string(first.line);
  if (first.system && !report.system())
    report.add(line, what + " " + in_quotes(name) + " is the system's (" + place +
                         "): a user's file may not define it again");
  else
    report.add(line, what + " " + in_quotes(name) + " is defined already at " + place);
  return false;
}

}  // namespace scoped::config
