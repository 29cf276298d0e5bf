#include "agent/loop/workers.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <list>
#include <mutex>
#include <utility>

namespace scoped::loop {
namespace {

// What the job of this thread calls when it is alive.
thread_local std::function<void()>* own_sign = nullptr;

}  // namespace

struct Workers::Impl {
  Impl(size_t threads, Now given) : now(std::move(given)), pool(threads) {}

  void run(const std::function<void()>& job) {
    std::list<Steady>::iterator mine;
    {
      const std::lock_guard lock(mutex);
      --waiting;
      queue_moved = now();
      mine = signs.insert(signs.end(), queue_moved);
    }
    std::function<void()> sign = [this, mine] {
      const std::lock_guard lock(mutex);
      *mine = now();
    };
    own_sign = &sign;
    job();
    own_sign = nullptr;
    const std::lock_guard lock(mutex);
    signs.erase(mine);
  }

  const Now now;
  mutable std::mutex mutex;
  size_t waiting = 0;
  Steady queue_moved{};     // when a job last began, or the first of those that wait came
  std::list<Steady> signs;  // of the jobs under way, the last of each
  boost::asio::thread_pool pool;
};

Workers::Workers(size_t threads, Now now) : impl_(std::make_unique<Impl>(threads, std::move(now))) {}
Workers::~Workers() { join(); }

void Workers::post(std::function<void()> job) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->waiting++ == 0) impl_->queue_moved = impl_->now();
  }
  boost::asio::post(impl_->pool, [impl = impl_.get(), job = std::move(job)] { impl->run(job); });
}

void Workers::join() { impl_->pool.join(); }

void Workers::sign_of_life() {
  if (own_sign != nullptr) (*own_sign)();
}

bool Workers::is_stuck(std::chrono::milliseconds patience) const {
  const std::lock_guard lock(impl_->mutex);
  const Steady oldest = impl_->now() - patience;
  if (impl_->waiting > 0 && impl_->queue_moved < oldest) return true;
  return std::any_of(impl_->signs.begin(), impl_->signs.end(), [&](Steady sign) { return sign < oldest; });
}

}  // namespace scoped::loop
