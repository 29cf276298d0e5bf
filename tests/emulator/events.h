// What there is to know about the use of the registry, as the diagnostic logs of a real one have it: logins,
// pushes, pulls, untaggings and deletions. The last ones of each, in memory: they are gone with the program.
// Not thread-safe: Site holds the lock.
#pragma once

#include "common/base/time.h"

#include <stdint.h>

#include <deque>
#include <string>

namespace scoped::emulator {

struct Event {
  enum class Table { login, repository };
  Table table = Table::login;
  std::string operation;  // "Authenticate", "Push", ...
  std::string identity;   // token, admin user or client id; of a refused login what it said
  Instant at{};
  int status = 0;  // of the answer
  double milliseconds = 0;
  std::string caller;  // address
  std::string agent;
  std::string correlation;
  std::string jwt;                        // of a login: the id of the access token
  std::string repository, tag, digest;    // this and what follows: of a repository
  std::string media_type, artifact_type;  // of the manifest
  int64_t size = 0;                       // of the manifest in bytes
};

class EventLog {
 public:
  static constexpr size_t kMost = 20'000;  // of each table

  void add(Event event) {
    std::deque<Event>& list = list_of(event.table);
    if (list.size() == kMost) list.pop_front();
    list.push_back(std::move(event));
  }
  const std::deque<Event>& of(Event::Table table) const {
    return table == Event::Table::login ? logins_ : repositories_;
  }

 private:
  std::deque<Event>& list_of(Event::Table table) {
    return table == Event::Table::login ? logins_ : repositories_;
  }
  std::deque<Event> logins_, repositories_;
};

}  // namespace scoped::emulator
