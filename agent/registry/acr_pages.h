// The pages of a list, fetched by a thread of their own while those before them are read: with thousands of
// tokens reading a page takes as long as fetching it. Used by one thread at a time.
#pragma once

#include "common/base/result.h"
#include "common/net/http.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace scoped::registry {

class PagesAhead {
 public:
  using Fetch = std::function<Result<net::Response>(const std::string& url)>;
  // Where the next page likely is; empty: nowhere. A wrong guess costs a request and nothing else.
  using Guess = std::function<std::string(const net::Response& page)>;

  // At most `most` pages are fetched ahead in all, none twice.
  PagesAhead(Fetch fetch, Guess guess, size_t most);
  // Waits for the request that is under way.
  ~PagesAhead();
  PagesAhead(const PagesAhead&) = delete;
  PagesAhead& operator=(const PagesAhead&) = delete;

  Result<net::Response> take(const std::string& url);

 private:
  struct Fetched {
    std::string url;
    Result<net::Response> page;
  };
  void run(std::string url);
  void stop();

  const Fetch fetch_;
  const Guess guess_;
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Fetched> fetched_;  // guarded, as the next two
  bool stopping_ = false;
  bool ended_ = true;  // the thread fetches no more
  std::set<std::string> seen_;
  std::thread thread_;
};

}  // namespace scoped::registry
