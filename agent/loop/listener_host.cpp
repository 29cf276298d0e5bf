#include "agent/loop/listener_types.h"

#include <array>

namespace scoped::loop {
namespace {

constexpr const char* kUsualGroup = "docker";  // it equals root already

constexpr std::array kSettings = {
    config::Setting{.name = "group",
                    .kind = config::Kind::text,
                    .doc =
                        "Group that may reach the socket; the system's agent only. Without it 'docker', or "
                        "the agent's own where there is no such group."},
};

Result<gid_t> group_of(const config::Typed& settings, const Site& site) {
  if (!settings.has("group")) return site.directory.gid_of(kUsualGroup).value_or(site.own_group);
  const auto found = site.directory.gid_of(settings.text("group"));
  if (!found) return fail(ErrorCode::configuration, "there is no group '" + settings.text("group") + "'");
  return *found;
}

// A user's agent answers its user alone.
Result<SocketPlan> make_plan(const config::Typed& settings, const Site& site) {
  SocketPlan plan;
  plan.listener = settings.name;
  plan.path = site.places.host_socket;
  if (!site.system) return plan;
  plan.mode = 0660;
  plan.group = TRY(group_of(settings, site));
  return plan;
}

}  // namespace

const ListenerType rows::host = {
    .name = "host",
    .doc = "The users of this machine: each may use what its tokens' `allow` says.",
    .settings = kSettings,
    .single = true,
    .plan = &make_plan,
};

}  // namespace scoped::loop
