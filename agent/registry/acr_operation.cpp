#include "agent/registry/acr_operation.h"

#include "agent/registry/acr_parse.h"

#include <algorithm>

namespace scoped::registry {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastDelay{200};
constexpr milliseconds kFirstDelay{500};
constexpr milliseconds kMostDelay{30'000};  // also against a Retry-After that never ends
constexpr milliseconds kMostOwnDelay{5'000};

// true: this answer is the end.
using IsOver = std::function<Result<bool>(const net::Response&)>;

milliseconds own_delay(int turn) { return std::min(kFirstDelay * (1 << std::min(turn, 8)), kMostOwnDelay); }

milliseconds delay_after(const net::Response& answer, int turn) {
  const auto asked = answer.retry_after(Instant());
  return asked ? std::clamp(milliseconds(*asked), kLeastDelay, kMostDelay) : own_delay(turn);
}

// unavailable: this answer says nothing that counts, look again.
Result<bool> is_end(const Result<net::Response>& answer, const Following& following, const IsOver& is_over) {
  if (!answer) return fail(answer.error());
  if (answer->status < 200 || answer->status > 299) return fail(error_of_answer(*answer, following.attempt));
  return is_over(*answer);
}

Result<net::Response> poll(const std::string& url, const Following& following, milliseconds delay,
                           const IsOver& is_over) {
  const BootInstant end = following.clock.boot_now() + following.at_most;
  // The clock alone would not end it where somebody's `wait` does not wait.
  const auto most_turns = static_cast<int>(milliseconds(following.at_most) / kLeastDelay);
  Error last(ErrorCode::unavailable, "it is still under way");
  for (int turn = 1; turn <= most_turns && following.clock.boot_now() + delay <= end; ++turn) {
    if (delay.count() > 0 && !following.wait(delay))
      return fail(ErrorCode::cancelled, following.attempt.what + ": asked to stop before the end");
    auto answer = following.get(url);
    delay = answer ? delay_after(*answer, turn) : own_delay(turn);
    auto ended = is_end(answer, following, is_over);
    if (ended && *ended) return answer;
    if (ended) continue;
    last = std::move(ended).error();
    if (last.code() != ErrorCode::unavailable) return fail(std::move(last).within(following.attempt.what));
  }
  const std::string length = format_duration(milliseconds(following.at_most));
  return fail(std::move(last).within("no end within " + length).within(following.attempt.what));
}

// A failed operation is `ambiguous`: nobody says how far it came.
Result<bool> has_ended(const Result<Progress>& progress, const net::Response& answer) {
  if (!progress) return fail(progress.error());
  if (*progress != Progress::failed) return *progress == Progress::succeeded;
  const std::string code = parse_error_code(answer.body.reveal());
  return fail(ErrorCode::ambiguous, "the control plane reports that it failed" +
                                        (code.empty() ? "" : " (" + code + ")") +
                                        ": look, then try again or ask an administrator");
}

Result<net::Response> poll_status(const net::Response& accepted, const Following& following) {
  const std::string url = TRY(follow_link(accepted.header("Azure-AsyncOperation"), following.origin));
  return poll(url, following, delay_after(accepted, 0), [](const net::Response& answer) -> Result<bool> {
    if (answer.status == 202 && answer.body.empty()) return false;
    return has_ended(parse_operation(answer.body.reveal()), answer);
  });
}

Result<net::Response> poll_location(const net::Response& accepted, const Following& following) {
  const std::string url = TRY(follow_link(accepted.header("Location"), following.origin));
  return poll(url, following, delay_after(accepted, 0),
              [](const net::Response& answer) -> Result<bool> { return answer.status != 202; });
}

}  // namespace

Result<std::string> follow_link(std::string_view url, const std::string& origin) {
  std::string whole(url);
  if (url.starts_with("/") && !url.starts_with("//")) whole.insert(0, origin);
  const auto parsed = net::parse_url(whole);
  if (parsed && parsed->origin() == origin) return whole;
  return fail(ErrorCode::corrupt, "the control plane points to an address outside '" + origin +
                                      "', which is not followed: check 'endpoint'");
}

bool is_asynchronous(const net::Response& answer) {
  return !answer.header("Azure-AsyncOperation").empty() || !answer.header("Location").empty();
}

Result<net::Response> follow_to_result(const net::Response& accepted, const Following& following) {
  if (!accepted.header("Location").empty()) return poll_location(accepted, following);
  if (is_asynchronous(accepted)) return poll_status(accepted, following);
  return fail(ErrorCode::corrupt, "the control plane did not say where to look for the result");
}

Result<> follow_to_end(const net::Response& accepted, const Following& following) {
  const bool names_status = !accepted.header("Azure-AsyncOperation").empty();
  TRY(names_status ? poll_status(accepted, following) : poll_location(accepted, following));
  return {};
}

Result<net::Response> follow_resource(const std::string& url, const Following& following) {
  return poll(url, following, milliseconds(0), [](const net::Response& answer) {
    return has_ended(parse_provisioning(answer.body.reveal()), answer);
  });
}

}  // namespace scoped::registry
