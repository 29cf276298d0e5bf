// A pull secret as the API server shows it, and what to apply to it. Pure.
//
// What we own of it, under the field manager kManager: its type, the label that names us, the annotation that
// says which generation of which token stands in it, and the document ".dockerconfigjson" as a whole, in
// which only the entries of our tokens are ours to change.
#pragma once

#include "agent/publish/publisher.h"
#include "common/json/value.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::publish::kubernetes {

inline constexpr std::string_view kManager = "scoped-agent";
inline constexpr std::string_view kPullSecretType = "kubernetes.io/dockerconfigjson";

struct PullSecret {
  std::string space;  // its namespace
  std::string name;
  std::string type;
  std::string version;  // resourceVersion
  bool immutable = false;
  Secret document;                             // decoded; empty where there is none
  std::map<std::string, int64_t> generations;  // by "HOST/TOKEN"
  std::vector<std::string> owners;             // field managers of the document, but for kManager
};

// An object of kind Secret. corrupt: it is none. A document that is no base64 is corrupt too, an annotation
// that is not ours to read counts as none.
Result<PullSecret> read_pull_secret(const json::Value& object);

struct Wanted {
  std::string space;
  std::string name;
  std::vector<std::string> take_from;  // managers that give way
};

// What to apply.
struct Change {
  Secret body;
  bool force = false;  // the owners all give way
};

// Nothing: it holds this login. `found` null: there is no such secret. conflict: the document is another
// manager's, or holds a newer generation; invalid_input: it is of another type, immutable, or no such
// document. Each line says what to do.
Result<std::optional<Change>> plan_change(const PullSecret* found, const Login& login, const Wanted& wanted);

}  // namespace scoped::publish::kubernetes
