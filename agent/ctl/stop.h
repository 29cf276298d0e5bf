// Ctrl-C and SIGTERM as something to be asked: the program stops where nothing is lost, not where the signal
// hits it. Waiting and asking belong to one thread; ask() may be called anywhere, from a signal too.
#pragma once

#include "common/base/handle.h"

#include <atomic>
#include <chrono>

namespace scoped::ctl {

class Stop {
 public:
  Stop();
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  // From now on SIGINT, SIGTERM and SIGHUP ask this object. At most one object does so.
  void listen_to_signals();

  void ask();
  bool asked() const { return asked_; }
  // Sleeps, at most until it is asked; false when it was. Asked before, it still pauses for a moment, so that
  // a caller who may not stop yet does not spin.
  bool wait(std::chrono::milliseconds length);

  // Ends running transfers while it is true (Parts::Use::stop): when asked to stop, except where the caller
  // has said that a transfer must be brought to its end.
  const std::atomic<bool>* cut() const { return &cut_; }
  void at_safe_point(bool safe);

 private:
  std::atomic<bool> asked_{false};
  std::atomic<bool> cut_{false};
  Fd wake_;  // eventfd, readable once asked
};

}  // namespace scoped::ctl
