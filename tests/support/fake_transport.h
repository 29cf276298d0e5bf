// A Transport with behaviour: answers come from a script (by method and URL) or from a handler that plays the
// server; every request that was "sent" is recorded as text. Like the real one it calls last_look before
// anything counts as sent, and one knob per failure says what breaks. Thread-safe; the handler runs unlocked,
// so that a last_look may send requests of its own.
#pragma once

#include "common/base/clock.h"
#include "common/net/http.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scoped::test {

struct SentRequest {
  std::string method;
  std::string url;
  std::vector<net::Header> headers;  // the secret ones revealed, after the plain ones
  std::string content_type;
  std::string body;
  std::string ca_file;
  bool once = false;
  std::shared_ptr<const net::ClientCertificate> certificate = {};
  net::Route route = {};

  std::string header(const std::string& name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return "";
  }
  std::string line() const { return method + " " + url; }
};

struct Answer {
  int status = 200;
  std::string body = {};
  std::vector<net::Header> headers = {};
};

class FakeTransport final : public net::Transport {
 public:
  using Handler = std::function<Result<Answer>(const SentRequest&)>;

  // With a clock, answers carry its times and a Date header, unless they have one.
  explicit FakeTransport(const Clock* clock = nullptr) : clock_(clock) {}

  // The next answer to "METHOD URL"; several are given in order and the last one is given for ever.
  void answer(const std::string& line, Answer answer) {
    const std::lock_guard lock(mutex_);
    script_[line].push_back(std::move(answer));
  }
  void handle(Handler handler) { handler_ = std::move(handler); }  // asked where the script has no answer

  // Knobs. Each counts down with the requests that it breaks.
  int fail_before_sending = 0;  // unavailable: no last look, nothing recorded
  int lose_answers = 0;         // ambiguous: the handler has run, its answer is lost
  Ticks server_ahead{0};        // of the Date header before the clock

  std::vector<SentRequest> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }
  std::string lines() const {  // "GET https://a/; POST https://b/"
    std::string text;
    for (const SentRequest& each : sent()) text += (text.empty() ? "" : "; ") + each.line();
    return text;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    sent_.clear();
  }

  Result<net::Response> send(const net::Request& request) override {
    if (takes(fail_before_sending)) return fail(ErrorCode::unavailable, tried(request) + ": cannot connect");
    if (request.last_look && !request.once)
      return fail(ErrorCode::invalid_input, tried(request) + ": a last look needs `once`");
    if (request.last_look) TRY(request.last_look());
    net::Response response;
    if (clock_ != nullptr) response.sent = clock_->boot_now();
    const SentRequest sent = record(request);
    Answer answer = TRY(play(sent));
    if (takes(lose_answers)) return fail(ErrorCode::ambiguous, tried(request) + ": the connection broke");
    response.status = answer.status;
    response.body = Secret(answer.body);
    response.headers = std::move(answer.headers);
    stamp(response);
    return response;
  }

 private:
  static std::string tried(const net::Request& request) {
    return request.method + " " + net::display_url(request.url);
  }

  bool takes(int& knob) {
    const std::lock_guard lock(mutex_);
    return knob > 0 && knob-- > 0;
  }

  SentRequest record(const net::Request& request) {
    SentRequest sent{request.method,
                     request.url,
                     request.headers,
                     request.content_type,
                     std::string(request.body.reveal()),
                     request.ca_file,
                     request.once,
                     request.certificate,
                     request.route};
    for (const auto& [name, value] : request.secret_headers)
      sent.headers.emplace_back(name, std::string(value.reveal()));
    const std::lock_guard lock(mutex_);
    sent_.push_back(sent);
    return sent;
  }

  Result<Answer> play(const SentRequest& sent) {
    if (auto scripted = next_scripted(sent.line())) return std::move(*scripted);
    if (handler_) return handler_(sent);
    return fail(ErrorCode::unavailable, sent.line() + ": the test has no answer to this");
  }

  std::optional<Answer> next_scripted(const std::string& line) {
    const std::lock_guard lock(mutex_);
    const auto found = script_.find(line);
    if (found == script_.end()) return std::nullopt;
    Answer answer = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return answer;
  }

  void stamp(net::Response& response) const {
    if (clock_ != nullptr) {
      response.received = clock_->boot_now();
      if (response.header("Date").empty())
        response.headers.emplace_back("Date", format_http_date(clock_->now() + server_ahead));
    }
    if (const auto date = parse_http_date(response.header("Date"))) response.date = *date;
  }

  const Clock* clock_;
  Handler handler_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Answer>> script_;
  std::vector<SentRequest> sent_;
};

}  // namespace scoped::test
