#include "agent/loop/listening.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace scoped::loop {
namespace {

constexpr size_t kReserved = 256;  // descriptors for stores, transfers, the control socket
constexpr size_t kMost = 4096, kLeast = 16;

config::Config part_of(const config::Config& configuration, const SocketPlan& plan) {
  return plan.only ? only(configuration, *plan.only) : config::Config();
}

serve::Policy policy_of(const SocketPlan& plan, uid_t owner, const Limits& limits) {
  return {.by_reach = plan.only.has_value(),
          .owner = owner,
          .most = limits.most,
          .most_of_one = limits.most_of_one};
}

}  // namespace

Result<BoundSocket> bind_socket(SocketPlan plan) {
  for (const OwnFolder& folder : plan.folders) TRY(serve::make_own_folder(folder.path, folder.mode));
  const serve::InTheWay in_the_way = plan.only ? serve::InTheWay::remove : serve::InTheWay::keep;
  Fd fd = TRY(serve::bind_socket(plan.path, plan.mode, in_the_way));
  if (plan.group && lchown(plan.path.c_str(), static_cast<uid_t>(-1), *plan.group) != 0)
    return fail(errno_error(errno, "change the group of", plan.path));
  return BoundSocket{std::move(plan), std::move(fd)};
}

Limits limits_for(size_t listeners) {
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) descriptors.rlim_cur = 0;
  const size_t all = static_cast<size_t>(std::min<rlim_t>(descriptors.rlim_cur, 1 << 20));
  const size_t each = (all - std::min(all, kReserved)) / std::max<size_t>(listeners, 1);
  const size_t most = std::clamp(each, kLeast, kMost);
  return {most, most / 4};
}

config::Config only(const config::Config& configuration, const record::RecordName& name) {
  const config::Registry& whole = configuration.registries.at(name.registry);
  config::Config part;
  part.copies = configuration.copies;
  config::Registry& registry = part.registries[name.registry];
  registry = whole;
  registry.default_token = name.token;
  registry.tokens = {{name.token, whole.tokens.at(name.token)}};
  return part;
}

Listening::Listening(const Use& use, BoundSocket socket)
    : configuration_(part_of(use.configuration, socket.plan)),
      engine_(socket.plan.only ? configuration_ : use.configuration, use.permissions, use.copies),
      listener_({.io = use.io,
                 .engine = engine_,
                 .flights = use.flights,
                 .now = use.now,
                 .policy = policy_of(socket.plan, use.owner, use.limits)},
                std::move(socket.fd)) {}

}  // namespace scoped::loop
