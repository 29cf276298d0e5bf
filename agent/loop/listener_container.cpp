#include "agent/loop/listener_types.h"

#include <array>

namespace scoped::loop {
namespace {

constexpr std::array kSettings = {
    config::Setting{.name = "token",
                    .kind = config::Kind::token,
                    .required = true,
                    .doc = "The one token (HOST/TOKEN) that it serves to whoever reaches its socket."},
};

record::RecordName name_in(const std::string& token) {
  const size_t slash = token.rfind('/');
  return {token.substr(0, slash), token.substr(slash + 1)};
}

// An image chooses its own uids, so everybody may use the socket, and the folder above decides who reaches
// it: no user of the host. The folder of the socket is what is mounted, since the socket itself is made anew
// at each start of the agent.
Result<SocketPlan> make_plan(const config::Typed& settings, const Site& site) {
  const std::string& all = site.places.container_folder;
  const std::string own = all + "/" + settings.name;
  return SocketPlan{.listener = settings.name,
                    .path = own + "/agent.sock",
                    .mode = 0666,
                    .folders = {{all, 0700}, {own, 0755}},
                    .group = {},
                    .only = name_in(settings.text("token"))};
}

}  // namespace

const ListenerType rows::container = {
    .name = "container",
    .doc = "One container, into which the folder of the socket is mounted, read-only, at /run/scoped/host.",
    .settings = kSettings,
    .single = false,
    .plan = &make_plan,
};

}  // namespace scoped::loop
