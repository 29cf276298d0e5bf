#include "agent/registry/acr_pages.h"

#include <utility>

namespace scoped::registry {
namespace {

constexpr size_t kAhead = 3;  // a page may have megabytes

}  // namespace

PagesAhead::PagesAhead(Fetch fetch, Guess guess, size_t most)
    : fetch_(std::move(fetch)), guess_(std::move(guess)), most_(most) {}

PagesAhead::~PagesAhead() { stop(); }

void PagesAhead::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  fetched_.clear();
  stopping_ = false;
  ended_ = true;
}

// Follows the guesses until one is empty, was there before, or a page is an error.
void PagesAhead::run(std::string url) {
  while (!url.empty()) {
    auto page = fetch_(url);
    std::string next = page ? guess_(*page) : "";
    std::unique_lock lock(mutex_);
    const bool goes_on = seen_.size() < most_ && seen_.insert(next).second;
    fetched_.push_back({std::move(url), std::move(page)});
    changed_.notify_all();
    changed_.wait(lock, [this] { return stopping_ || fetched_.size() < kAhead; });
    url = goes_on && !stopping_ ? std::move(next) : "";
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Result<net::Response> PagesAhead::take(const std::string& url) {
  for (bool begun_anew : {false, true}) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ended_ || !fetched_.empty(); });
      if (!fetched_.empty() && fetched_.front().url == url) {
        auto page = std::move(fetched_.front().page);
        fetched_.pop_front();
        changed_.notify_all();
        return page;
      }
    }
    if (begun_anew) break;
    stop();
    seen_.insert(url);
    ended_ = false;
    thread_ = std::thread([this, url] { run(url); });
  }
  return fetch_(url);
}

}  // namespace scoped::registry
