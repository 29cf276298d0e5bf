// Not tested here: the pages' contents (acr_read_test.cpp).
#include "agent/registry/acr_pages.h"

#include "tests/support/catch.h"

#include <atomic>
#include <map>

namespace scoped::registry {
namespace {

// Pages by URL: each says which one is guessed to be next.
struct Book {
  std::map<std::string, std::string> next;
  std::atomic<int> fetched{0};

  Result<net::Response> fetch(const std::string& url) {
    ++fetched;
    if (!next.contains(url)) return fail(ErrorCode::not_found, "no page " + url);
    net::Response page;
    page.status = 200;
    page.body = Secret(next.at(url));
    return page;
  }
  PagesAhead pages(size_t most = 100) {
    return PagesAhead([this](const std::string& url) { return fetch(url); },
                      [](const net::Response& page) { return std::string(page.body.reveal()); }, most);
  }
};

TEST_CASE("pages come in order, each fetched once", "[registry]") {
  Book book;
  for (int i = 0; i < 50; ++i) book.next[std::to_string(i)] = i == 49 ? "" : std::to_string(i + 1);
  {
    PagesAhead pages = book.pages();
    for (int i = 0; i < 50; ++i) CHECK(pages.take(std::to_string(i)));
  }
  CHECK(book.fetched == 50);
}

TEST_CASE("a wrong guess costs a request and nothing else", "[registry]") {
  Book book;
  book.next = {{"a", "x"}, {"x", ""}, {"b", "c"}, {"c", ""}};
  PagesAhead pages = book.pages();
  CHECK(pages.take("a"));
  CHECK(pages.take("b")->body.reveal() == "c");
  CHECK(pages.take("c"));
}

TEST_CASE("an error is the page's that has it, and ends the fetching", "[registry]") {
  Book book;
  book.next = {{"a", "b"}};
  PagesAhead pages = book.pages();
  CHECK(pages.take("a"));
  CHECK_FALSE(pages.take("b"));
}

TEST_CASE("guesses that go round or on for ever come to an end", "[registry]") {
  Book book;
  book.next = {{"a", "b"}, {"b", "a"}};
  {
    PagesAhead pages = book.pages();
    CHECK(pages.take("a"));
    CHECK(pages.take("b"));
  }
  CHECK(book.fetched == 2);
  for (int i = 0; i < 50; ++i) book.next[std::to_string(i)] = std::to_string(i + 1);
  book.fetched = 0;
  {
    PagesAhead pages = book.pages(5);
    for (int i = 0; i < 5; ++i) CHECK(pages.take(std::to_string(i)));
  }
  CHECK(book.fetched == 5);
}

TEST_CASE("pages that nobody takes are not fetched for ever", "[registry]") {
  Book book;
  for (int i = 0; i < 50; ++i) book.next[std::to_string(i)] = std::to_string(i + 1);
  {
    PagesAhead pages = book.pages();
    CHECK(pages.take("0"));
  }
  CHECK(book.fetched <= 5);
}

}  // namespace
}  // namespace scoped::registry
