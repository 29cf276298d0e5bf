// The real Transport, alone in scoped-curl.so. A small pool of handles keeps connections alive between
// requests; a handle serves one request at a time, so nothing of libcurl is shared between threads.
#include "common/base/clock.h"
#include "common/base/handle.h"
#include "common/net/authorities.h"
#include "common/net/curl_maker.h"
#include "common/net/curl_memory.h"
#include "common/net/service_lookup.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

namespace scoped::net {
namespace {

constexpr int kPollMilliseconds = 100;            // how soon `stop` is noticed
constexpr auto kGrace = std::chrono::seconds(2);  // for the answer of a `once` request, after `stop`
constexpr size_t kHeaderBytes = 256 << 10;
constexpr size_t kIdleChannels = 8;

using HeaderList = Handle<curl_slist, curl_slist_free_all>;

// A handle with its own connections. The order of the members matters: easy goes first.
struct Channel {
  Handle<CURLM, curl_multi_cleanup> multi{curl_multi_init()};
  Handle<CURL, curl_easy_cleanup> easy{curl_easy_init()};
  std::string origin;  // of the last request: where a connection probably stands
};

// What the callbacks learn about one request.
struct Exchange {
  const Request& request;
  const std::atomic<bool>* stop;
  bool may_have_left = false;
  bool too_large = false;
  bool has_all_headers = false;
  std::optional<Error> refused = {};  // by last_look
  size_t header_bytes = 0;
  std::string body = {};
  Response response = {};
  std::array<char, CURL_ERROR_SIZE> detail = {};

  bool is_stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
};

// Remembers the first option that libcurl refused.
class Options {
 public:
  explicit Options(CURL* easy) : easy_(easy) {}
  template <typename T>
  Options& set(CURLoption option, T value) {
    if (code_ == CURLE_OK) code_ = (curl_easy_setopt)(easy_, option, value);
    return *this;
  }
  CURLcode code() const { return code_; }

 private:
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

// Grows by copying and wiping, never by realloc.
void append_wiping(std::string& text, std::string_view more) {
  if (text.size() + more.size() > text.capacity()) {
    std::string larger;
    larger.reserve(std::max(text.size() + more.size(), 2 * text.capacity()));
    larger = text;
    wipe(text);
    text.swap(larger);
  }
  text.append(more);
}

// The connection stands and nothing of the request is written yet.
int before_first_byte(void* data, char*, char*, int, int) noexcept {
  auto& exchange = *static_cast<Exchange*>(data);
  const Request& request = exchange.request;
  const bool again = request.once && exchange.may_have_left;
  if (again || exchange.is_stopped()) return CURL_PREREQFUNC_ABORT;
  if (request.last_look) {
    if (auto looked = request.last_look(); !looked) {
      exchange.refused = std::move(looked).error();
      return CURL_PREREQFUNC_ABORT;
    }
    if (exchange.is_stopped()) return CURL_PREREQFUNC_ABORT;
  }
  exchange.response.sent = RealClock().boot_now();
  exchange.may_have_left = true;
  return CURL_PREREQFUNC_OK;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

size_t on_header(char* bytes, size_t, size_t size, void* data) noexcept {
  auto& exchange = *static_cast<Exchange*>(data);
  exchange.header_bytes += size;
  if (exchange.header_bytes > kHeaderBytes) {
    exchange.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  const std::string_view line(bytes, size);
  if (line.starts_with("HTTP/")) {  // the first line, maybe after an interim answer
    exchange.response.headers.clear();
    exchange.has_all_headers = false;
  } else if (trim(line).empty()) {
    exchange.has_all_headers = true;
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    exchange.response.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size;
}

// A body that is as long as its head says is not copied to grow.
size_t announced_bytes(const Response& response) {
  const std::string_view length = response.header("content-length");
  size_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  return bytes;
}

size_t on_body(char* bytes, size_t, size_t size, void* data) noexcept {
  auto& exchange = *static_cast<Exchange*>(data);
  if (exchange.body.size() + size > exchange.request.limits.body_bytes) {
    exchange.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  if (exchange.body.empty())
    exchange.body.reserve(std::min(announced_bytes(exchange.response), exchange.request.limits.body_bytes));
  append_wiping(exchange.body, {bytes, size});
  return size;
}

Result<> check(const Request& request, const Url& url) {
  const auto bad = [](std::string why) { return fail(ErrorCode::invalid_input, std::move(why)); };
  if (url.scheme != "https" && !is_this_network(url))
    return bad("http is spoken on loopback only; give an https address");
  if (url.scheme != "https" && !request.route.proxy.empty())
    return bad("a proxy is for https only: it would read everything; give an https address");
  if (!request.route.socket.empty() && url.origin() != "http://localhost")
    return bad("behind a socket is http://localhost only");
  if (request.last_look && !request.once) return bad("a last look needs `once`");
  if (!is_header_name(request.method)) return bad("the method is no HTTP token");
  if (!is_header_value(request.content_type)) return bad("the content type has a control character");
  for (const auto& [name, value] : request.headers)
    if (!is_header_name(name) || !is_header_value(value))
      return bad("a header has a character that no header may have");
  for (const auto& [name, value] : request.secret_headers)
    if (!is_header_name(name) || !is_header_value(value.reveal()))
      return bad("a secret header has a character that no header may have");
  return {};
}

// An empty value is written "Name;" for libcurl; "Name:" would remove the header.
bool append_header(HeaderList& list, std::string_view name, std::string_view value) {
  std::string line;
  line.reserve(name.size() + 2 + value.size());
  line.append(name).append(value.empty() ? ";" : ": ").append(value);
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  wipe(line);
  if (longer == nullptr) return false;
  (void)list.release();
  list.reset(longer);
  return true;
}

bool has_other_name(const Request& request, const Url& url) {
  return url.scheme == "https" && !request.route.server_name.empty();
}

Result<HeaderList> make_headers(const Request& request, const Url& url) {
  // No "Expect: 100-continue": after a 417 libcurl would send the request again.
  HeaderList list(curl_slist_append(nullptr, "Expect:"));
  bool made = list != nullptr;
  if (has_other_name(request, url)) made = made && append_header(list, "Host", url.authority());
  for (const auto& [name, value] : request.headers) made = made && append_header(list, name, value);
  for (const auto& [name, value] : request.secret_headers)
    made = made && append_header(list, name, value.reveal());
  if (request.content_type.empty()) {
    curl_slist* longer = curl_slist_append(list.get(), "Content-Type:");  // else libcurl adds its own
    made = made && longer != nullptr;
  } else {
    made = made && append_header(list, "Content-Type", request.content_type);
  }
  if (!made) return fail(ErrorCode::unavailable, "out of memory");
  return list;
}

long clamp_to_long(std::chrono::milliseconds limit) {
  return static_cast<long>(std::clamp<int64_t>(limit.count(), 1, 24 * 3'600'000));  // 0 would mean no limit
}

void set_method(Options& options, const Request& request) {
  const std::string& method = request.method;
  const bool carries = !request.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (carries) {
    const char* bytes = request.body.empty() ? "" : request.body.reveal().data();
    options.set(CURLOPT_POST, 1L)
        .set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()))
        .set(CURLOPT_POSTFIELDS, bytes);  // not copied
  } else if (method == "HEAD") {
    options.set(CURLOPT_NOBODY, 1L);
  } else {
    options.set(CURLOPT_HTTPGET, 1L);
  }
  options.set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

void set_limits(Options& options, const HttpLimits& limits) {
  options.set(CURLOPT_NOSIGNAL, 1L)
      .set(CURLOPT_CONNECTTIMEOUT_MS, clamp_to_long(limits.connect))
      .set(CURLOPT_TIMEOUT_MS, clamp_to_long(limits.total))
      .set(CURLOPT_LOW_SPEED_LIMIT, limits.low_speed_bytes)
      .set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.low_speed_time.count()))
      .set(CURLOPT_QUICK_EXIT, 1L)  // a name server that hangs does not hold up the connect limit
      .set(CURLOPT_FOLLOWLOCATION, 0L)
      .set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1))
      .set(CURLOPT_USERAGENT, "docker-credential-scoped/" SCOPED_VERSION);
}

// Over a proxy that the environment does not name: $NO_PROXY does not count either.
void set_proxy(Options& options, const Route& route) {
  options.set(CURLOPT_PROXY, route.proxy.c_str()).set(CURLOPT_NOPROXY, "");
  if (route.proxy_login == nullptr) return;
  std::string login(route.proxy_login->reveal());
  options.set(CURLOPT_PROXYUSERPWD, login.c_str());  // copied
  wipe(login);
}

// HOST:PORT of the connection, where the URL does not tell it.
std::string target_of(const Request& request, const Url& url) {
  if (url.scheme == "https" && !request.route.service.empty())
    if (const auto found = look_up_service(request.route.service))
      return found->target + ":" + std::to_string(found->port);
  if (!has_other_name(request, url)) return "";
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  return host + ":" + std::to_string(url.port);
}

Result<HeaderList> make_target(const Request& request, const Url& url) {
  const std::string target = target_of(request, url);
  if (target.empty()) return HeaderList();
  HeaderList list(curl_slist_append(nullptr, ("::" + target).c_str()));  // whatever the URL names
  if (list == nullptr) return fail(ErrorCode::unavailable, "out of memory");
  return list;
}

// As we understood the URL, not as it was written. TLS asks for and verifies the name in it.
void set_destination(Options& options, const Request& request, const Url& url) {
  const Route& route = request.route;
  Url named = url;
  if (has_other_name(request, url)) named.host = route.server_name;
  const std::string text = named.origin() + url.path_and_query;
  options.set(CURLOPT_URL, text.c_str())
      .set(CURLOPT_PATH_AS_IS, 1L)
      .set(CURLOPT_PROTOCOLS_STR, url.scheme.c_str())
      .set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!route.proxy.empty())
    set_proxy(options, route);
  else if (is_this_network(url))
    options.set(CURLOPT_PROXY, "");
  if (!route.socket.empty()) options.set(CURLOPT_UNIX_SOCKET_PATH, route.socket.c_str());
}

// A proxy that is spoken to over TLS is believed as the server is.
void set_tls(Options& options, const Authorities& authorities, bool is_proxy_too) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_CAINFO, text_or_null(authorities.file))
      .set(CURLOPT_CAPATH, text_or_null(authorities.folder));
  if (is_proxy_too)
    options.set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
        .set(CURLOPT_PROXY_CAINFO, text_or_null(authorities.file))
        .set(CURLOPT_PROXY_CAPATH, text_or_null(authorities.folder));
  if (authorities.pem != nullptr) {
    curl_blob blob{const_cast<char*>(authorities.pem->data()), authorities.pem->size(), CURL_BLOB_NOCOPY};
    options.set(CURLOPT_CAINFO_BLOB, &blob);
    if (is_proxy_too) options.set(CURLOPT_PROXY_CAINFO_BLOB, &blob);
  }
}

// A connection is used again only under the same certificate: libcurl compares them. The request has both
// texts as long as the handle knows of them.
void set_certificate(Options& options, const ClientCertificate& pair) {
  const auto blob_of = [](std::string_view text) {
    return curl_blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
  };
  curl_blob shown = blob_of(pair.certificate), key = blob_of(pair.key.reveal());
  options.set(CURLOPT_SSLCERTTYPE, "PEM")
      .set(CURLOPT_SSLCERT_BLOB, &shown)
      .set(CURLOPT_SSLKEYTYPE, "PEM")
      .set(CURLOPT_SSLKEY_BLOB, &key);
}

void set_callbacks(Options& options, Exchange& exchange) {
  void* data = &exchange;
  options.set(CURLOPT_PREREQFUNCTION, &before_first_byte)
      .set(CURLOPT_PREREQDATA, data)
      .set(CURLOPT_HEADERFUNCTION, &on_header)
      .set(CURLOPT_HEADERDATA, data)
      .set(CURLOPT_WRITEFUNCTION, &on_body)
      .set(CURLOPT_WRITEDATA, data)
      .set(CURLOPT_ERRORBUFFER, exchange.detail.data());
  if (exchange.request.once) options.set(CURLOPT_FRESH_CONNECT, 1L).set(CURLOPT_FORBID_REUSE, 1L);
}

// libcurl's own words are shown for what happened before the request left; later they could repeat something
// of the answer.
std::string describe(CURLcode code, const Exchange& exchange) {
  std::string text = curl_easy_strerror(code);
  if (!exchange.may_have_left && exchange.detail[0] != '\0') text = exchange.detail.data();
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    text += "; set ca_file, if the server's certificate comes from a private authority";
  if (exchange.may_have_left) text = "the connection broke before the answer was complete: " + text;
  return text;
}

// REQUIRES: no usable answer came.
Error error_of(CURLcode code, const Exchange& exchange) {
  const bool undecided = exchange.request.once && exchange.may_have_left;
  if (exchange.too_large)
    return {undecided ? ErrorCode::ambiguous : ErrorCode::corrupt,
            "the answer is larger than " + std::to_string(exchange.request.limits.body_bytes) + " bytes"};
  if (exchange.is_stopped() && code == CURLE_ABORTED_BY_CALLBACK)
    return undecided ? Error(ErrorCode::ambiguous, "stopped while waiting for the answer")
                     : Error(ErrorCode::cancelled, "stopped");
  if (!exchange.may_have_left && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL))
    return {ErrorCode::invalid_input, describe(code, exchange)};
  return {exchange.may_have_left ? ErrorCode::ambiguous : ErrorCode::unavailable, describe(code, exchange)};
}

CURLcode code_of(CURLM* multi) {
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message == nullptr ? CURLE_ABORTED_BY_CALLBACK : message->data.result;
}

// Ends with the transfer, or when asked to stop: at once where nothing is lost by it.
CURLcode run(const Channel& channel, const Exchange& exchange) {
  std::optional<BootInstant> patience;
  for (int running = 1; running != 0;) {
    if (curl_multi_perform(channel.multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    if (exchange.is_stopped()) {
      if (!exchange.request.once || !exchange.may_have_left) return CURLE_ABORTED_BY_CALLBACK;
      const BootInstant now = RealClock().boot_now();
      if (!patience) patience = now + kGrace;
      if (now >= *patience) return CURLE_ABORTED_BY_CALLBACK;
    }
    curl_multi_poll(channel.multi.get(), nullptr, 0, kPollMilliseconds, nullptr);
  }
  return code_of(channel.multi.get());
}

CURLcode transfer(const Channel& channel, Exchange& exchange) {
  if (curl_multi_add_handle(channel.multi.get(), channel.easy.get()) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode code = run(channel, exchange);
  if (code == CURLE_OK && !exchange.has_all_headers) code = CURLE_PARTIAL_FILE;  // libcurl lets it pass
  exchange.response.received = RealClock().boot_now();
  long status = 0;
  if (code == CURLE_OK) curl_easy_getinfo(channel.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  curl_multi_remove_handle(channel.multi.get(), channel.easy.get());
  return code;
}

Response answer_of(Exchange&& exchange) {
  Response response = std::move(exchange.response);
  response.body = Secret::take(std::move(exchange.body));
  if (const auto date = parse_http_date(response.header("Date"))) response.date = *date;
  return response;
}

class CurlTransport final : public Transport {
 public:
  CurlTransport(const std::atomic<bool>* stop, std::string bundle, std::string folder)
      : stop_(stop), authorities_(std::move(bundle), std::move(folder)) {}

  Result<Response> send(const Request& request) override;

 private:
  Result<Response> exchange_on(const Channel& channel, const Request& request, const Url& url,
                               std::optional<Error>& refused);
  std::unique_ptr<Channel> borrow(const std::string& origin);
  void give_back(std::unique_ptr<Channel> channel);

  const std::atomic<bool>* stop_;
  AuthoritySource authorities_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Channel>> idle_;  // the last one was used last
};

Result<Response> CurlTransport::send(const Request& request) {
  std::string tried = request.method + " " + display_url(request.url);
  if (!request.route.socket.empty()) tried += " at socket '" + request.route.socket + "'";
  const Url url = TRY_WITH(parse_url(request.url), tried);
  TRY_WITH(check(request, url), tried);
  auto channel = borrow(url.origin());
  if (!channel->easy || !channel->multi) return fail(ErrorCode::unavailable, tried + ": out of memory");
  std::optional<Error> refused;
  auto result = exchange_on(*channel, request, url, refused);
  curl_easy_reset(channel->easy.get());  // forgets the request, keeps connections and TLS sessions
  give_back(std::move(channel));
  if (refused) return fail(std::move(*refused));
  return TRY_WITH(std::move(result), tried);
}

Result<Response> CurlTransport::exchange_on(const Channel& channel, const Request& request, const Url& url,
                                            std::optional<Error>& refused) {
  Authorities authorities;
  if (request.trusted != nullptr)
    authorities.pem = request.trusted;
  else if (url.scheme == "https")
    authorities = TRY(authorities_.choose(request.ca_file));
  const HeaderList headers = TRY(make_headers(request, url)), target = TRY(make_target(request, url));
  Exchange exchange{request, stop_};
  Options options(channel.easy.get());
  set_destination(options, request, url);
  set_method(options, request);
  set_limits(options, request.limits);
  set_tls(options, authorities, request.route.proxy.starts_with("https:"));
  if (request.certificate != nullptr) set_certificate(options, *request.certificate);
  set_callbacks(options, exchange);
  options.set(CURLOPT_HTTPHEADER, headers.get()).set(CURLOPT_CONNECT_TO, target.get());
  if (options.code() != CURLE_OK)
    return fail(ErrorCode::internal, std::string("set up libcurl: ") + curl_easy_strerror(options.code()));
  const CURLcode code = transfer(channel, exchange);
  if (code == CURLE_OK) return answer_of(std::move(exchange));
  wipe(exchange.body);
  refused = std::move(exchange.refused);
  return fail(error_of(code, exchange));
}

std::unique_ptr<Channel> CurlTransport::borrow(const std::string& origin) {
  std::unique_ptr<Channel> channel;
  {
    const std::lock_guard lock(mutex_);
    auto found =
        std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& each) { return each->origin == origin; });
    if (found == idle_.rend() && idle_.size() >= kIdleChannels) found = idle_.rend() - 1;
    if (found != idle_.rend()) {
      channel = std::move(*found);
      idle_.erase(std::next(found).base());
    }
  }
  if (channel == nullptr) channel = std::make_unique<Channel>();
  channel->origin = origin;
  return channel;
}

void CurlTransport::give_back(std::unique_ptr<Channel> channel) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleChannels) idle_.push_back(std::move(channel));
}

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

}  // namespace
}  // namespace scoped::net

extern "C" [[gnu::visibility("default")]] scoped::net::Transport* scoped_make_curl_transport(
    const char* version, const std::atomic<bool>* stop) {
  using namespace scoped::net;
  if (std::string_view(version) != SCOPED_VERSION || !start_curl()) return nullptr;
  const curl_version_info_data* about = curl_version_info(CURLVERSION_NOW);
  return std::make_unique<CurlTransport>(stop, text_of(about->cainfo), text_of(about->capath)).release();
}
