// A registry, a store and agents on the policy of seconds, from second 0 on.
#pragma once

#include "agent/rotate/session.h"
#include "tests/support/catch.h"
#include "tests/support/fake_registry.h"
#include "tests/support/fake_store.h"
#include "tests/unit/rotate/scene.h"

#include <string>

namespace scoped::test {

inline const record::RecordName kName{"myregistry.azurecr.io", "token"};

struct SessionWorld {
  FakeClock clock{kStart};
  SeededRandom random;
  FakeRegistry registry{clock};
  FakeStore store;
  rotate::Policy policy = seconds_policy();
  std::string trace;  // the steps, one word each

  SessionWorld() {
    registry.add_token("token");
    store.put(rotate::make_not_ready_record(kName, "password2"));
  }

  rotate::Session session(const std::string& owner = "owner") {
    return rotate::Session({.store = store,
                            .control = registry,
                            .probe = registry,
                            .clock = clock,
                            .random = random,
                            .endpoints = {"myregistry.azurecr.io"},
                            .owner = owner,
                            .machine = "machine",
                            .may_rotate = true,
                            .repairs_stopped = {}},
                           kName, policy);
  }

  // Turns until the end of that second; time passes only where the session wants to wait.
  void run(rotate::Session& session, double until_second) {
    while (clock.now() < second(until_second)) {
      const rotate::Turn turn = session.turn();
      if (turn.acted || turn.error)
        trace.append(trace.empty() ? "" : " ")
            .append(name_of(turn.decision.step))
            .append(turn.error ? "!" : "");
      if (!turn.shows_at_once())
        clock.advance(std::max<Ticks>(turn.look_again, std::chrono::milliseconds(1)));
    }
  }
  void run_for(rotate::Session& session, double seconds) {
    run(session, static_cast<double>((clock.now() - kStart).count()) / 10'000'000 + seconds);
  }
  rotate::Turn turn(rotate::Session& session) {
    rotate::Turn turn = session.turn();
    REQUIRE_FALSE(turn.error);
    return turn;
  }

  record::Record& record() { return store.record(kName); }
  std::string current() { return std::string(record().current->password.reveal()); }
  bool current_works() { return registry.works("token", current()); }
};

}  // namespace scoped::test
