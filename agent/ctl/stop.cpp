#include "agent/ctl/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace scoped::ctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseOnceAsked{100};
constexpr milliseconds kLongestSleep = std::chrono::hours(24);

std::atomic<Stop*> listener{nullptr};

void on_signal(int) {
  const int saved = errno;
  if (Stop* stop = listener.load()) stop->ask();
  errno = saved;
}

}  // namespace

Stop::Stop() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Stop::~Stop() {
  Stop* self = this;
  listener.compare_exchange_strong(self, nullptr);
}

void Stop::listen_to_signals() {
  listener = this;
  struct sigaction action = {};
  action.sa_handler = &on_signal;  // without SA_RESTART: a question ends at once
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

void Stop::ask() {
  asked_ = true;
  cut_ = true;
  const uint64_t one = 1;
  (void)!write(wake_.get(), &one, sizeof one);
}

bool Stop::wait(milliseconds length) {
  if (asked_) {
    std::this_thread::sleep_for(std::clamp(length, milliseconds(0), kPauseOnceAsked));
    return false;
  }
  const auto until = std::chrono::steady_clock::now() + std::min(length, kLongestSleep);
  while (!asked_) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return true;
    pollfd waiting{wake_.get(), POLLIN, 0};
    poll(&waiting, 1, static_cast<int>(left.count()));
  }
  return false;
}

void Stop::at_safe_point(bool safe) {
  cut_ = false;
  if (safe && asked_) cut_ = true;  // last, so that a signal in between is not forgotten
}

}  // namespace scoped::ctl
