// Everything that the endpoints share, and the one way a request goes: faults, lock, handler, state file,
// faults, answer. Thread-safe: `serve` may be called from any thread; handlers run one at a time, under the
// lock, and never wait.
#pragma once

#include "common/base/clock.h"
#include "tests/emulator/events.h"
#include "tests/emulator/faults.h"
#include "tests/emulator/http.h"
#include "tests/emulator/key_vault_model.h"
#include "tests/emulator/keys.h"
#include "tests/emulator/model.h"
#include "tests/emulator/operations.h"
#include "tests/emulator/replication.h"

#include <stdint.h>

#include <condition_variable>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace scoped::emulator {

class Site;

// One request on its way through a handler.
struct Turn {
  Site& site;
  const Request& request;
  const Effects& effects;
  Instant now;                        // when it is applied
  std::vector<std::string> captures;  // of the route
  std::string principal;              // who asks, once the family's guard knows
  bool changed = false;               // the model is to be saved before the answer leaves
  std::optional<Event> event;         // what the logs are to tell of this request; Site adds the rest

  const std::string& host() const;  // of the data plane, as the client knows it
};

// A family of endpoints: how its requests are admitted and how it says no.
struct Family {
  std::string_view name;  // the first word of what a fault's `match` is looked for in
  std::string_view prefix;
  Case letters;
  Outcome<> (*guard)(Turn&);
  Answer (*refuse)(const Refusal&, const Turn&);
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // behind the family's prefix
  Outcome<Answer> (*handle)(Turn&);
};

// The rows of one file.
struct RouteTable {
  const Family* family;
  std::span<const Route> routes;
};

struct Addresses {
  std::string control;       // "https://localhost:PORT": ARM and Entra
  std::string login_server;  // "myregistry.azurecr.io" or "localhost:PORT"
  std::string replica;       // "localhost:PORT", where tokens log in too

  const std::string& host(Door door) const { return door == Door::replica ? replica : login_server; }
};

struct Parts {
  const Clock& clock;
  Random& random;
  const Signer& signer;
  Addresses addresses;
  std::chrono::seconds bearer_life;
  std::string state_file;                         // empty: nothing is kept
  std::string images;                             // Distribution's folder; empty: no images
  const crypto::Certificate& client_certificate;  // of the application that may log in
  std::string identity_header;                    // the secret of the App Service
  bool revoke_at_once = false;                    // an access token ends with its token, see data_plane.h
};

class Site {
 public:
  Site(Contents contents, Parts given, const Limits& limits = {})
      : model(std::move(contents), limits), parts(std::move(given)) {}
  ~Site() { stop(); }

  // The first table whose family knows the path decides; `fallback` says no to a path that none knows.
  Answer serve(const Request& request, std::span<const RouteTable> tables, const Family& fallback);

  // Writes the state file if the model has changed since it was written.
  Result<> save();
  // Ends every wait of a delayed request, and applies those that are queued.
  void stop();

  // Under `lock`.
  Model model;
  FaultList faults;
  Operations operations;
  PasswordReplication replication;
  EventLog events;
  VaultModel key_vault;
  std::mutex lock;

  const Parts parts;

 private:
  void wait(std::chrono::milliseconds time);
  // A request that has found its route.
  struct Routed {
    const Request& request;
    const Family& family;
    const Route& route;
    std::vector<std::string> captures;
    const Effects& effects;
    Instant arrived;
  };
  Answer handle(const Routed& routed);
  Answer apply(const Routed& routed, bool& changed);  // under `lock`
  void handle_later(const Routed& routed);

  std::mutex saving_;
  uint64_t version_ = 1;  // under `lock`; the first save writes
  uint64_t saved_ = 0;    // under `saving_`

  std::mutex waiting_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::vector<std::thread> queued_;  // under `waiting_`
};

}  // namespace scoped::emulator
