// The agents' sockets, as far as the front has not asked them yet. Blocking, never beyond the deadline.
#pragma once

#include "common/base/env.h"
#include "common/broker/client.h"
#include "common/broker/handover.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::fetch {

class Agents {
 public:
  // `asked`: what the front heard already, in the order of broker::find_sockets.
  Agents(const Environment& environment, std::vector<broker::Hearing> asked,
         std::chrono::steady_clock::time_point deadline);

  // The first agent's answer to `get` from those that were not asked yet; `input` as that kind of client
  // sends it.
  std::optional<broker::Reply> get(broker::Kind kind, const std::string& profile, std::string_view input);
  // Server URL -> user name, of all agents that answered: what each lists and then gives when asked for it,
  // since an agent lists a token whose record it has not read yet.
  std::map<std::string, std::string> list(const std::string& profile);
  // Tells every agent that its copy for this key is doubtful.
  void send_stale(const std::string& profile, std::string_view key);

  // What the socket of that level said, to the front or here; nothing when it was not asked.
  std::optional<broker::Heard> heard(broker::Level level) const;
  // The levels whose agents answered list().
  const std::set<broker::Level>& listed() const { return listed_; }

 private:
  broker::Asked ask(const broker::Socket& socket, broker::Kind kind, std::string_view verb,
                    const std::string& profile, std::string_view input) const;
  std::optional<std::string> username_for(const broker::Socket& socket, const std::string& profile,
                                          const std::string& key) const;

  std::vector<broker::Socket> sockets_;
  std::vector<broker::Hearing> heard_;
  std::chrono::steady_clock::time_point deadline_;
  std::set<broker::Level> listed_;
};

// The group that may reach the system agent's socket, for the message to whoever is not in it.
std::string group_of_system_socket();

}  // namespace scoped::fetch
