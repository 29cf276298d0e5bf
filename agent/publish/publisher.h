// Publishers put a token's current password where its consumers look for it that cannot ask a helper: into a
// file, or into a pull secret of Kubernetes. One file and one row a type. Each call brings every consumer to
// the password that it is given, whoever changed something there since, and says which have it. Blocking; a
// publisher is used by one thread at a time.
#pragma once

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/config/config.h"
#include "common/config/setting.h"
#include "common/net/http.h"
#include "common/record/names.h"

#include <stdint.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::publish {

// What is published.
struct Login {
  record::RecordName token;
  int64_t generation = 0;
  std::string username;
  Secret password;
};

// One place that holds the password.
struct Consumer {
  std::string name;              // "team-a/acr-pull", "/run/scoped/published/ci/config.json"
  bool changed = false;          // by this call
  std::optional<Error> problem;  // why it does not hold this password; absent: it was seen to
};

class Publisher {
 public:
  virtual ~Publisher() = default;
  // Each consumer is all right or unchanged. The error: who they are could not be found out.
  virtual Result<std::vector<Consumer>> publish(const Login& login) = 0;
};

// What a publisher may use; everything outlives it. The transport is made when it is asked for.
struct Context {
  const Environment& environment;
  const Clock& clock;
  std::function<Result<net::Transport*>()> transport;
};

struct Type {
  std::string_view name;
  std::string_view doc;
  std::span<const config::Setting> settings;  // with a required 'token'
  // Its consumers are the same for every agent that publishes there, so that one's word is enough for all.
  bool shared = false;
  // Whether two of this type may have a consumer in common.
  bool (*meet)(const config::Typed& one, const config::Typed& other);
  // No I/O. configuration: settings that contradict each other.
  Result<std::unique_ptr<Publisher>> (*make)(const config::Typed& settings, const Context& context);
};

std::span<const Type> types();
// REQUIRES: a type of the table, which config checks.
const Type& type_of(const config::Typed& settings);
// The error names file, line and publisher.
Result<std::unique_ptr<Publisher>> make_publisher(const config::Typed& settings, const Context& context);
// configuration: two publishers would put two tokens of one registry into one place, where a client finds
// one.
Result<> check_publishers(const std::map<std::string, config::Typed>& publishers);
// The token that it publishes.
record::RecordName token_of(const config::Typed& settings);

namespace rows {
extern const Type file;
extern const Type kubernetes_secret;
}  // namespace rows

}  // namespace scoped::publish
