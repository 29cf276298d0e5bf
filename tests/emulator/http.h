// HTTP as values, and the table of routes that leads a request to its handler. Pure; the sockets are in
// listener.h.
#pragma once

#include "common/base/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scoped::emulator {

using Fields = std::vector<std::pair<std::string, std::string>>;

// The first value of that name, null without one. Names of headers are in lower case.
const std::string* find_field(const Fields& fields, std::string_view name);

// Where a request for the data plane came in. A replica knows what the login server knows, or less
// (faults.h).
enum class Door { login_server, replica };

struct Request {
  std::string method;
  std::string target;                 // path and query as they were sent
  std::vector<std::string> segments;  // of the path, decoded: "/a/b" has "a" and "b"
  Fields query;
  Fields headers;
  std::string body;
  std::string peer;  // address of the client; that of the front door's client where there is one
  Door door = Door::login_server;

  std::string path() const { return target.substr(0, target.find('?')); }
  // The fields of an x-www-form-urlencoded body; nothing when the content type is another.
  std::optional<Fields> form() const;
};

// invalid_input: the target does not begin with '/' or has a broken %-escape.
Result<Request> make_request(std::string method, std::string target, Fields headers, std::string body);

// "a=1&b=%20": '+' is a blank. invalid_input: a broken %-escape.
Result<Fields> parse_form(std::string_view text);
std::string percent_encode(std::string_view text);

// User and password of a Basic header; nothing when there is none or it is broken.
struct BasicLogin {
  std::string user;
  std::string password;
};
std::optional<BasicLogin> basic_login(const Request& request);
// The token of a Bearer header.
std::optional<std::string> bearer_of(const Request& request);

struct Answer {
  int status = 200;
  std::string body;
  Fields headers;
  std::string content_type = "application/json; charset=utf-8";
  bool closes = false;  // the connection is closed and nothing is answered

  // Of a body that does not come as it should: half of it, then after `pause` the rest or the end of the
  // connection.
  enum class Ending { whole, late, cut };
  Ending ending = Ending::whole;
  std::chrono::milliseconds pause{};
};

// `ignored` goes with a '/' too many at the end, as in ARM.
enum class Case { exact, ignored };

// Whether the path has the form of a pattern such as "/v2/{...}/tags/list" or "/scopeMaps/{}": "{}" stands
// for one segment, "{...}" for one or more (once in a pattern). The captures in order, those of "{...}" with
// '/' between the segments.
std::optional<std::vector<std::string>> match_path(std::string_view pattern,
                                                   const std::vector<std::string>& segments, Case letters);

}  // namespace scoped::emulator
