// Parses the page that comes next while the one in hand is parsed: with thousands of tokens parsing takes as
// long as fetching. Used by one thread at a time.
#pragma once

#include "agent/registry/acr_pages.h"
#include "agent/registry/acr_parse.h"

#include <deque>
#include <functional>
#include <future>
#include <string>
#include <utility>

namespace scoped::registry {

template <typename T>
class ParseAhead {
 public:
  // Called in other threads, two at a time at most.
  using Parse = std::function<Result<Page<T>>(const net::Response& page)>;

  // `pages` outlives this.
  ParseAhead(PagesAhead& pages, PagesAhead::Guess guess, Parse parse)
      : pages_(pages), guess_(std::move(guess)), parse_(std::move(parse)) {}

  Result<Page<T>> take(const std::string& url) {
    if (under_way_.empty() || under_way_.front().url != url) {
      under_way_.clear();  // of a wrong guess
      begin(url, pages_.take(url));
    }
    if (under_way_.size() == 1 && !under_way_.front().next.empty()) {
      const std::string next = under_way_.front().next;
      if (auto response = pages_.take_if_ahead(next)) begin(next, std::move(*response));
    }
    auto page = under_way_.front().page.get();
    under_way_.pop_front();
    return page;
  }

 private:
  struct Reading {
    std::string url;
    std::string next;  // where the page after it likely is; empty: nowhere
    std::future<Result<Page<T>>> page;
  };

  void begin(const std::string& url, Result<net::Response> response) {
    std::string next = response ? guess_(*response) : "";
    if (next == url) next.clear();
    auto page =
        std::async(std::launch::async, [this, response = std::move(response)]() mutable -> Result<Page<T>> {
          if (!response) return fail(std::move(response).error());
          return parse_(*response);
        });
    under_way_.push_back({url, std::move(next), std::move(page)});
  }

  PagesAhead& pages_;
  const PagesAhead::Guess guess_;
  const Parse parse_;
  std::deque<Reading> under_way_;
};

}  // namespace scoped::registry
