// How we authenticate to a store or to the control plane: each type of identity is one file and one row of
// the table in types.cpp. An identity is a net::Authorizer plus the bound that rule 7 of the rotation needs.
#pragma once

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/config/config.h"
#include "common/config/setting.h"
#include "common/net/authorizer.h"
#include "common/net/server_time.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scoped::identity {

// What an identity may use; everything outlives it.
struct Context {
  net::Transport& transport;
  const Clock& clock;
  const Environment& environment;
  Random& random;
  std::optional<net::Site> site = {};  // of the store that asks; absent for a control plane
  // Waits between tries; false: asked to stop. Empty: there are no second tries.
  std::function<bool(std::chrono::milliseconds)> wait = {};
  // The program ends with the answer, so a token that a login makes would be thrown away: an identity that
  // can puts the login into the request itself.
  bool brief = false;
};

struct Type {
  std::string_view name;  // the configuration's "type"
  std::string_view doc;   // one sentence
  std::span<const config::Setting> settings;
  std::chrono::seconds fence_max;  // the longest life of a bearer that it hands out
  Result<std::unique_ptr<net::Authorizer>> (*make)(const config::Typed&, const Context&);
};

std::span<const Type> types();
const Type* find_type(std::string_view name);

// REQUIRES: settings checked by config. not_found / denied: a secret's source cannot be read.
Result<std::unique_ptr<net::Authorizer>> make_identity(const config::Typed& settings, const Context& context);

}  // namespace scoped::identity
