// The sockets on which an agent answers helpers (SERVING section 8, Sockets): what the configuration may say
// of each, where it is made and for whom. One row a type; the rows stand beside the code of their type.
#pragma once

#include "agent/loop/parts.h"
#include "common/answer/selection.h"
#include "common/base/handle.h"
#include "common/base/result.h"
#include "common/config/config.h"
#include "common/config/setting.h"
#include "common/record/names.h"

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::loop {

// A folder that must be exactly so, since who may walk through it is who may reach the socket.
struct OwnFolder {
  std::string path;
  mode_t mode = 0700;
};

// What is to be bound, and who may ask for what on it.
struct SocketPlan {
  std::string listener;  // its name in the configuration
  std::string path;
  mode_t mode = 0600;
  std::vector<OwnFolder> folders;  // outermost first; the folder of `path` is made anyway
  std::optional<gid_t> group;      // that the socket is given to
  // The one token that it serves to whoever reaches it; nothing: all of the configuration, by uid and groups.
  std::optional<record::RecordName> only;
};

struct BoundSocket {
  SocketPlan plan;
  Fd fd;  // listening
};

// Whose agent asks, and what it knows of the machine.
struct Site {
  bool system = false;
  const Places& places;
  const answer::Directory& directory;
  gid_t own_group = 0;  // of the account that the system's agent runs as
};

struct ListenerType {
  std::string_view name;
  std::string_view doc;
  std::span<const config::Setting> settings;
  bool single = false;  // its socket has a fixed place
  Result<SocketPlan> (*plan)(const config::Typed& settings, const Site& site);
};

std::span<const ListenerType> listener_types();

// One plan for each listener of the configuration, and one of type host where it names none. configuration:
// two listeners for one place, or a group that does not exist; with file and line.
Result<std::vector<SocketPlan>> plan_sockets(const config::Config& configuration, const Site& site);

namespace rows {
extern const ListenerType host;
extern const ListenerType container;
}  // namespace rows

}  // namespace scoped::loop
