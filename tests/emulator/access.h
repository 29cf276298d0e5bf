// From a scope map's actions and the scopes that a client asks for to what it is granted. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::emulator {

// "repository:samples/app:pull,push" as Docker asks for it.
struct Scope {
  std::string type;
  std::string name;
  std::vector<std::string> actions;
};
// Nothing when it has not the form TYPE:NAME:ACTION[,ACTION...]. The name may hold ':'.
std::optional<Scope> parse_scope(std::string_view text);

// What a scope map allows on one repository, in Docker's words: pull, push, delete, metadata_read,
// metadata_write. Permissions of all entries that cover it add up.
std::vector<std::string> actions_on(const std::vector<std::string>& scope_map, std::string_view repository);

// The part of the wanted scopes that is granted, without the entries of which nothing is left. '*' stands for
// everything that the scope map allows there. The catalog is for a scope map with a root wildcard only.
std::vector<Scope> grant(const std::vector<std::string>& scope_map, const std::vector<Scope>& wanted);

}  // namespace scoped::emulator
