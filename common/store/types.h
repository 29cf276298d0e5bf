// The table of stores: one row per backend. A program that opens stores goes through here.
#pragma once

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/config/setting.h"
#include "common/net/authorizer.h"
#include "common/store/record_store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace scoped::store {

// What a store may use; everything outlives it. Transport and identity are made only when a store asks, so
// that nothing is loaded for a store that needs neither; empty: this program has none.
struct Context {
  const Environment& environment;
  const Clock& clock;
  Random& random;
  std::function<Result<net::Transport*>()> transport = {};
  std::function<Result<net::Authorizer*>(const std::string& name, const net::Site& site)> identity = {};
  std::function<bool(std::chrono::milliseconds)> wait = {};  // false: asked to stop; empty: no second tries
};

struct Type {
  std::string_view name;
  std::string_view doc;
  std::span<const config::Setting> settings;
  Result<std::unique_ptr<RecordStore>> (*open)(const config::Typed&, const Context&);
  // Makes the store for the first time (false: it was there already, and answers); null for stores that need
  // none.
  Result<bool> (*init)(const config::Typed&, const Context&);
  // Its records are files of this machine, which whoever may read them reads as fast as a copy.
  bool is_local = false;
  // What its saves compare with. None: one agent alone rotates, the one that the record names.
  CompareAndSet cas = CompareAndSet::native;
};

std::span<const Type> types();
// REQUIRES: a type of the table.
bool is_local(const config::Typed& settings);
Result<std::unique_ptr<RecordStore>> open_store(const config::Typed& settings, const Context& context);
// What 'scopedctl init' does. invalid_input: this type needs no init.
Result<bool> init_store(const config::Typed& settings, const Context& context);

// The store `default` where the configuration names none: /var/lib/scoped/records under /etc/scoped/key for
// the system, $XDG_STATE_HOME/scoped/records under $XDG_STATE_HOME/scoped/records.key for a user.
config::Typed default_store(const Environment& environment, bool system);

}  // namespace scoped::store
