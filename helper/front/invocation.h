// What the front was started for, from its arguments alone (reference credential-helper-protocol 1.1). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scoped::front {

enum class Purpose {
  get,             // Docker's get: an agent is asked first
  other_verb,      // store, erase, list: always scoped-fetch
  kubelet,         // kubelet's exec protocol, by the program's name or that argument
  version,         // exit 0
  help,            // exit 0
  wrong_count,     // exit 1 with the usage
  unknown_action,  // exit 1
};

struct Invocation {
  Purpose purpose = Purpose::wrong_count;
  std::string name;     // the last part of argv[0], as it is shown
  std::string action;   // the argument; the verb for get, store, erase and list
  std::string profile;  // what follows "docker-credential-scoped-" in the name, else empty
};

// `arguments` with argv[0] first; an empty list (execve allows it) counts as the program's own name.
Invocation read_invocation(const std::vector<std::string_view>& arguments);

// The lines that need nobody, each with its newline.
std::string usage_text(const Invocation& invocation);
std::string version_text(const Invocation& invocation);
std::string unknown_action_text(const Invocation& invocation);

}  // namespace scoped::front
