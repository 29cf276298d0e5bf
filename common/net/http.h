// HTTP as values: a Request goes in, a Response or an Error comes out. Transport is the one seam; the real
// one is curl_transport.cpp behind scoped-curl.so, the test one is tests/support/fake_transport.h. Retrying
// and adding credentials are decorators or callers of this one method.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/time.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scoped::net {

using Header = std::pair<std::string, std::string>;

struct HttpLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds total{30'000};
  long low_speed_bytes = 1;                 // fewer bytes a second ...
  std::chrono::seconds low_speed_time{15};  // ... for this long ends the transfer
  size_t body_bytes = 4 << 20;
};

// What we show to a server that asks for a certificate, both in PEM.
struct ClientCertificate {
  std::string certificate;  // with those between it and the authority
  Secret key;
};

// How a connection comes about, where the usual way is not to be gone.
struct Route {
  // "http://HOST:PORT", or https or socks5h: the one proxy, whatever the environment says of proxies. For
  // https URLs only, on loopback too. Empty: the environment's.
  std::string proxy = {};
  std::shared_ptr<const Secret> proxy_login = {};  // "USER:PASSWORD", percent-encoded; null: none

  // Path of a Unix socket that is dialled instead of the URL's host, which then is http://localhost. Empty:
  // none.
  std::string socket = {};

  // The name that is asked for in TLS and that the certificate must hold, instead of the URL's host, to which
  // the connection goes all the same. Says nothing to an http URL. Empty: the URL's.
  std::string server_name = {};

  // "_http._tcp.HOST": the connection goes where DNS has the first such service, while TLS goes on asking for
  // the URL's host or the name above: DNS may lie. Where there is none it goes to the URL's host. For https
  // URLs only; says nothing to others. Empty: DNS is not asked.
  std::string service = {};

  // One text, equal exactly for equal routes, but for the login, which belongs to the proxy.
  std::string key() const;
};

// Kept apart from others so that no display can show them.
using SecretHeaders = std::vector<std::pair<std::string, Secret>>;

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  // Sent as they are. At most one of a credential's: bearer() and basic() replace each other.
  SecretHeaders secret_headers;
  Secret body;
  std::string content_type;
  HttpLimits limits;
  std::string ca_file;  // added to the system's authorities; empty: only those
  // Authorities in PEM that are trusted instead, and no other; null: as above.
  std::shared_ptr<const std::string> trusted;
  std::shared_ptr<const ClientCertificate> certificate;  // null: none is shown
  Route route;

  // A write that must leave at most once: fresh connection, HTTP/1.1, no redirect, and a second attempt of
  // the library to send it is refused.
  bool once = false;
  // Called once, when the connection stands and before the first byte of the request is written. A failure
  // aborts the request with that error: nothing was sent. Needs `once`.
  std::function<Result<>()> last_look;

  void bearer(const Secret& token);
  void basic(std::string_view user, const Secret& password);
  void form(
      const std::vector<std::pair<std::string_view, std::string_view>>& fields);  // x-www-form-urlencoded
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  Secret body;
  std::optional<Instant> date;  // the Date header
  BootInstant sent{};           // when the request was handed to the network
  BootInstant received{};       // when the last byte arrived

  // Case-insensitive; the first one. Empty where absent.
  std::string_view header(std::string_view name) const;
  std::optional<std::chrono::seconds> retry_after(Instant now) const;  // seconds or HTTP date
};

// Any HTTP status is a Response. Errors: unavailable (nothing was sent: name, connect, TLS), ambiguous (it
// broke after the request may have left), invalid_input (URL, header), cancelled (stop asked), corrupt (body
// beyond the limit), or whatever last_look said, unchanged. A `once` request that may have left knows only
// ambiguous: neither stopping nor a huge answer undoes it. Texts hold the display form of the URL only.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<Response> send(const Request& request) = 0;  // any thread
};

// scheme://host[:port]/path without user info and fragment, with every query value replaced unless its name
// is on the allow-list (api-version, name, n, last, service, scope) and it is plain. "[unreadable address]"
// for what parse_url would not read either.
std::string display_url(std::string_view url);
// "Name: value" for the headers that may be logged, "Name: [redacted]" for all others.
std::string display_header(const Header& header);

bool is_header_name(std::string_view text);   // a token of RFC 9110, as a method is
bool is_header_value(std::string_view text);  // no control character but the tabulator

std::string percent_encode(std::string_view text);  // RFC 3986 unreserved stay
Result<std::string> percent_decode(std::string_view text);

struct Url {
  std::string scheme;
  std::string host;  // lower case, without brackets
  int port = 0;      // the scheme's default where none is given
  std::string path_and_query;
  std::string origin() const;     // scheme://host[:port]
  std::string authority() const;  // host[:port]
};
// http and https only, no user info, no fragment, visible ASCII. The error never quotes the text.
Result<Url> parse_url(std::string_view text);
// "localhost", 127.0.0.0/8 or ::1.
bool is_loopback(const Url& url);
// These and 169.254.0.0/16, where clouds have the services of the machine itself: the only hosts that are
// spoken to without TLS, and never through a proxy.
bool is_this_network(const Url& url);

// "HTTP 403 Forbidden" plus what the caller may do, as an Error with the right code. `tried` e.g. "PUT
// https://...", in display form. The answer's body is never looked at. A 5xx to a write proves nothing about
// its effect: the caller who sent one turns `unavailable` into `ambiguous`.
Error error_of_status(const Response& response, std::string tried, Instant now);

}  // namespace scoped::net
