// One thread of control on a stack of its own, so that a blocking call of an agent can be stopped in the
// middle while others run. Not thread-safe: all fibers of a history belong to one thread.
#pragma once

#include <ucontext.h>

#include <functional>
#include <memory>

namespace scoped::crash {

class Fiber {
 public:
  // `body` runs when resume() is called first. REQUIRES: no exception leaves it, and it has ended before the
  // fiber is destroyed.
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the body until it pauses or ends.
  void resume();
  // Back to whoever resumed. REQUIRES: called from within the body.
  void pause();
  bool has_ended() const { return ended_; }

 private:
  static void enter(unsigned high, unsigned low);

  std::function<void()> body_;
  std::unique_ptr<char[]> stack_;
  ucontext_t inside_{}, outside_{};
  bool ended_ = false;
};

}  // namespace scoped::crash
