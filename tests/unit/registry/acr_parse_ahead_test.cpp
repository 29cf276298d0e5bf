// Not tested here: how pages are fetched ahead (acr_pages_test.cpp).
#include "agent/registry/acr_parse_ahead.h"

#include "tests/support/catch.h"

#include <atomic>
#include <map>

namespace scoped::registry {
namespace {

using Numbers = Page<int>;

// Pages by URL: each says which one is guessed to be next, and after a space which one it really is.
struct Book {
  std::map<std::string, std::string> text;
  std::atomic<int> fetched{0}, parsed{0};

  Result<net::Response> fetch(const std::string& url) {
    ++fetched;
    if (!text.contains(url)) return fail(ErrorCode::not_found, "no page " + url);
    net::Response page;
    page.status = 200;
    page.body = Secret(text.at(url));
    return page;
  }
  static std::string guess(const net::Response& page) {
    const std::string_view body = page.body.reveal();
    return std::string(body.substr(0, body.find(' ')));
  }
  Result<Numbers> parse(const net::Response& page) {
    const int number = ++parsed;
    const std::string_view body = page.body.reveal();
    if (body.find(' ') == std::string_view::npos) return fail(ErrorCode::corrupt, "not a page");
    return Numbers{{number}, std::string(body.substr(body.find(' ') + 1))};
  }

  std::vector<std::string> read(const std::string& first) {
    PagesAhead ahead([this](const std::string& url) { return fetch(url); }, guess, 100);
    ParseAhead<int> pages(ahead, guess, [this](const net::Response& page) { return parse(page); });
    std::vector<std::string> read;
    for (std::string url = first; !url.empty();) {
      read.push_back(url);
      auto page = pages.take(url);
      if (!page) {
        read.push_back(page.error().line());
        break;
      }
      url = page->next;
    }
    return read;
  }
};

TEST_CASE("pages that are parsed ahead come in order, each parsed once", "[registry]") {
  Book book;
  for (int i = 0; i < 50; ++i) {
    const std::string next = i == 49 ? "" : std::to_string(i + 1);
    book.text[std::to_string(i)] = next + " " + next;
  }
  const auto read = book.read("0");
  REQUIRE(read.size() == 50);
  for (int i = 0; i < 50; ++i) CHECK(read[static_cast<size_t>(i)] == std::to_string(i));
  CHECK(book.parsed == 50);
  CHECK(book.fetched == 50);
}

TEST_CASE("a page that was parsed by a wrong guess is dropped", "[registry]") {
  Book book;
  book.text = {{"a", "x b"}, {"x", " "}, {"b", "c c"}, {"c", " "}};
  CHECK(book.read("a") == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("an error is that of the page which has it", "[registry]") {
  Book book;
  book.text = {{"a", "b b"}, {"b", "c c"}, {"c", "broken"}};
  CHECK(book.read("a") == std::vector<std::string>{"a", "b", "c", "not a page"});
  book.text["b"] = "d d";
  CHECK(book.read("a") == std::vector<std::string>{"a", "b", "d", "no page d"});
}

}  // namespace
}  // namespace scoped::registry
