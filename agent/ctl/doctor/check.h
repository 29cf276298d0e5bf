// What goes wrong between a client and the registry, as a list of checks: each looks at one thing of a
// patient and says what is wrong and which command puts it right. One row a check, one file a row. A patient
// is facts and questions, so that a test can break exactly one thing.
#pragma once

#include "common/base/env.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "common/config/config.h"
#include "common/store/record_store.h"

#include <sys/types.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::ctl {

// A socket of an agent as this process finds it.
struct SocketState {
  std::string path;
  bool exists = false;
  int connect_error = 0;  // errno; 0: somebody listens
  gid_t group = 0;
};

struct Groups {
  std::vector<gid_t> active;  // of this process
  std::vector<gid_t> listed;  // of the user, as the files say now
  std::function<std::string(gid_t)> name = [](gid_t gid) { return std::to_string(gid); };
};

struct Patient {
  const Environment& environment;
  std::string host;
  const config::Config* config = nullptr;     // null: it is broken
  std::vector<std::string> problems = {};     // of the configuration
  std::vector<std::string> passed_over = {};  // files of it that are not read, each with the reason
  std::optional<uid_t> home_owner = {};       // of $HOME
  std::vector<SocketState> sockets = {};      // in the order in which helpers ask
  Groups groups = {};
  std::string rootless_engine = {};      // socket of an engine that runs as this user; empty: none
  std::optional<bool> unit_active = {};  // of the agent's service; nothing: systemd does not know it

  // Asked when a check needs them, each at most once.
  std::function<Result<>()> resolve = {};
  std::function<Result<std::optional<Instant>>()> reach = {};  // over TLS; the server's time
  std::function<Instant()> now = {};
  std::function<store::LoadResult()> load = {};
  std::function<Result<std::vector<store::Flaw>>()> flaws = {};  // of the store, for what this machine does
  std::function<Result<std::optional<bool>>()> token_enabled = {};  // nothing: no control plane to ask
  std::function<Result<std::string>()> login = {};                  // as a client does; the user name

  const config::Registry* registry() const;  // null: not in the configuration
  bool uses_keyring() const;
};

struct Finding {
  enum class State { fine, wrong, unknown };  // unknown: it could not be looked at; another check says why
  State state = State::fine;
  std::string what;
  std::string remedy = {};  // a command, or what to change
};
Finding fine(std::string what);
Finding wrong(std::string what, std::string remedy);
Finding unknown(std::string what);

struct Check {
  std::string_view name;
  std::string_view doc;
  Finding (*look)(const Patient&);
};

std::span<const Check> checks();

namespace rows {
extern const Check helper_check, other_helper_check, configuration_check, home_check, unit_check,
    socket_check, group_check, rootless_check, dns_check, tls_check, clock_check, keyring_check, store_check,
    record_check, expiry_check, token_check, login_check;
}

}  // namespace scoped::ctl
