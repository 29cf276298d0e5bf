#include "agent/loop/sockets.h"

#include "agent/loop/listening.h"
#include "agent/serve/listeners.h"

#include <errno.h>
#include <fcntl.h>

#include <set>

namespace scoped::loop {
namespace {

Result<Fd> duplicate(const Fd& fd, const std::string& path) {
  Fd copy(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) return fail(errno_error(errno, "duplicate socket", path));
  return copy;
}

}  // namespace

Result<Fd> Sockets::copy_of(const std::string& path) const { return duplicate(held_.at(path), path); }

Result<std::vector<BoundSocket>> Sockets::open(std::vector<SocketPlan> plans, const Log& log) {
  std::vector<BoundSocket> sockets;
  std::set<std::string> wanted;
  for (SocketPlan& plan : plans) {
    wanted.insert(plan.path);
    if (!held_.contains(plan.path)) {
      Fd fd = activated_.take(plan.path);
      if (!fd) {
        auto bound = bind_socket(plan);
        if (!bound && !plan.only) return tl::unexpected(bound.error());
        if (!bound) {
          const std::string unit = "scoped-agent-container@" + plan.listener + ".socket";
          log.write(Level::warning, "listener not served, skipping",
                    {{"listener", plan.listener},
                     {"why", bound.error().line()},
                     {"remedy",
                      "under systemd: stop scoped-agent, enable --now " + unit + ", start scoped-agent"}});
          continue;
        }
        fd = std::move(bound->fd);
      }
      held_[plan.path] = std::move(fd);
    }
    Fd copy = TRY(copy_of(plan.path));
    sockets.push_back(BoundSocket{std::move(plan), std::move(copy)});
  }
  std::erase_if(held_, [&](const auto& each) { return !wanted.contains(each.first); });
  return sockets;
}

Result<Fd> Sockets::open_control(const std::string& path, mode_t mode) {
  if (!control_) control_ = activated_.take(path);
  if (!control_) control_ = TRY(serve::bind_socket(path, mode));
  return duplicate(control_, path);
}

}  // namespace scoped::loop
