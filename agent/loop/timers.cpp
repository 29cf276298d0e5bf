#include "agent/loop/timers.h"

#include "common/base/handle.h"
#include "common/base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <map>
#include <utility>

namespace scoped::loop {
namespace {

using boost::asio::posix::stream_descriptor;

int make_timer(clockid_t id) {
  const int fd = timerfd_create(id, TFD_NONBLOCK | TFD_CLOEXEC);
  CHECK_INVARIANT(fd >= 0);
  return fd;
}

timespec timespec_of(Ticks since_epoch) {
  return {static_cast<time_t>(since_epoch.count() / 10'000'000),
          static_cast<long>(since_epoch.count() % 10'000'000) * 100};
}

}  // namespace

struct Timers::Impl : std::enable_shared_from_this<Timers::Impl> {
  Impl(boost::asio::io_context& io, const Clock& boot, std::function<void()> stepped)
      : clock(boot),
        clock_stepped(std::move(stepped)),
        alarm(io, make_timer(CLOCK_BOOTTIME)),
        wall(io, make_timer(CLOCK_REALTIME)) {}

  using Key = std::pair<BootInstant, Id>;

  void arm();
  void wait_for_alarm();
  void run_due();
  void watch_wall();
  void wait_for_step();

  const Clock& clock;
  std::function<void()> clock_stepped;
  stream_descriptor alarm;
  stream_descriptor wall;
  std::map<Key, std::function<void()>> waiting;
  std::map<Id, BootInstant> deadlines;
  Id last_id = 0;
};

void Timers::Impl::arm() {
  itimerspec when{};
  if (!waiting.empty()) {
    const Ticks first =
        std::max(waiting.begin()->first.first.time_since_epoch(), Ticks(10));  // 0 would disarm
    when.it_value = timespec_of(first);
  }
  CHECK_INVARIANT(timerfd_settime(alarm.native_handle(), TFD_TIMER_ABSTIME, &when, nullptr) == 0);
}

void Timers::Impl::wait_for_alarm() {
  alarm.async_wait(stream_descriptor::wait_read,
                   [self = shared_from_this()](const boost::system::error_code& error) {
                     if (error) return;
                     uint64_t expirations = 0;
                     if (read(self->alarm.native_handle(), &expirations, sizeof expirations) > 0)
                       self->run_due();
                     if (!self->alarm.is_open()) return;  // stopped by what was due
                     self->arm();
                     self->wait_for_alarm();
                   });
}

void Timers::Impl::run_due() {
  const BootInstant now = clock.boot_now();
  while (!waiting.empty() && waiting.begin()->first.first <= now) {
    auto entry = waiting.extract(waiting.begin());
    deadlines.erase(entry.key().second);
    entry.mapped()();
  }
}

// A timer far in the future that the kernel cancels when the wall clock is set.
void Timers::Impl::watch_wall() {
  itimerspec never{};
  never.it_value.tv_sec = 253'402'300'799;  // the end of the year 9999
  timerfd_settime(wall.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
}

void Timers::Impl::wait_for_step() {
  wall.async_wait(
      stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
        if (error) return;
        uint64_t expirations = 0;
        const bool stepped =
            read(self->wall.native_handle(), &expirations, sizeof expirations) < 0 && errno == ECANCELED;
        self->watch_wall();
        if (stepped) self->clock_stepped();
        self->wait_for_step();
      });
}

Timers::Timers(boost::asio::io_context& io, const Clock& clock, std::function<void()> clock_stepped)
    : impl_(std::make_shared<Impl>(io, clock, std::move(clock_stepped))) {
  impl_->watch_wall();
  impl_->wait_for_step();
  impl_->wait_for_alarm();
}

Timers::~Timers() { stop(); }

Timers::Id Timers::at(BootInstant at, std::function<void()> work) {
  const Id id = ++impl_->last_id;
  impl_->waiting.emplace(Impl::Key{at, id}, std::move(work));
  impl_->deadlines.emplace(id, at);
  if (impl_->alarm.is_open()) impl_->arm();
  return id;
}

void Timers::cancel(Id id) {
  const auto found = impl_->deadlines.find(id);
  if (found == impl_->deadlines.end()) return;
  impl_->waiting.erase({found->second, id});
  impl_->deadlines.erase(found);
  if (impl_->alarm.is_open()) impl_->arm();
}

void Timers::stop() {
  impl_->waiting.clear();
  impl_->deadlines.clear();
  boost::system::error_code ignored;
  impl_->alarm.close(ignored);
  impl_->wall.close(ignored);
}

}  // namespace scoped::loop
