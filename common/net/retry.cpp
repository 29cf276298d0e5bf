#include "common/net/retry.h"

#include <algorithm>
#include <array>

namespace scoped::net {
namespace {

using std::chrono::milliseconds;

class Retrying final : public Transport {
 public:
  Retrying(Transport& inner, const RetryPolicy& policy, Random& random,
           std::function<bool(milliseconds)> wait)
      : inner_(inner), policy_(policy), random_(random), wait_(std::move(wait)) {}

  Result<Response> send(const Request& request) override;

 private:
  Transport& inner_;
  RetryPolicy policy_;
  Random& random_;
  std::function<bool(milliseconds)> wait_;
};

bool is_plain_read(const Request& request) {
  return (request.method == "GET" || request.method == "HEAD") && !request.once && !request.last_look;
}

bool may_try_again(const Result<Response>& result) {
  if (result) return is_worth_retrying(result->status);
  return result.error().code() == ErrorCode::unavailable || result.error().code() == ErrorCode::ambiguous;
}

std::optional<milliseconds> named_wait(const Result<Response>& result) {
  // Without a Date a Retry-After that is a date counts from 1970: beyond every limit, so not waited for.
  if (result) return result->retry_after(Instant());
  return result.error().retry_after();
}

Result<Response> report_read(Result<Response> result) {
  if (result || result.error().code() != ErrorCode::ambiguous) return result;
  return fail(std::move(result).error().as(ErrorCode::unavailable));
}

Result<Response> Retrying::send(const Request& request) {
  if (!is_plain_read(request)) return inner_.send(request);
  for (int attempt = 1;; ++attempt) {
    Result<Response> result = inner_.send(request);
    if (attempt >= policy_.attempts || !may_try_again(result)) return report_read(std::move(result));
    const auto asked = named_wait(result);
    if (asked && *asked > policy_.longest_retry_after) return report_read(std::move(result));
    if (!wait_(retry_delay(policy_, attempt, asked, random_)))
      return fail(ErrorCode::cancelled, request.method + " " + display_url(request.url) +
                                            ": stopped while waiting for another try");
  }
}

}  // namespace

milliseconds retry_delay(const RetryPolicy& policy, int attempt, std::optional<milliseconds> retry_after,
                         Random& random) {
  milliseconds longest = policy.base;
  for (int i = 1; i < attempt && longest < policy.ceiling; ++i) longest *= 2;
  longest = std::max(std::min(longest, policy.ceiling), milliseconds(0));
  const milliseconds delay(static_cast<int64_t>(random.below(static_cast<uint64_t>(longest.count()) + 1)));
  return std::max(delay, retry_after.value_or(milliseconds(0)));
}

bool is_worth_retrying(int http_status) {
  constexpr std::array kStatuses = {408, 429, 500, 502, 503, 504};
  return std::find(kStatuses.begin(), kStatuses.end(), http_status) != kStatuses.end();
}

std::unique_ptr<Transport> with_retries(Transport& inner, const RetryPolicy& policy, Random& random,
                                        std::function<bool(milliseconds)> wait) {
  return std::make_unique<Retrying>(inner, policy, random, std::move(wait));
}

}  // namespace scoped::net
