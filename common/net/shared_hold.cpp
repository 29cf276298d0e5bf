#include "common/net/shared_hold.h"

#include <algorithm>
#include <mutex>
#include <optional>

namespace scoped::net {
namespace {

using std::chrono::seconds;

constexpr seconds kUnnamed{1};

std::optional<seconds> named_hold(const Response& response) {
  const auto asked = response.retry_after(Instant());
  if (response.status == 429) return asked.value_or(kUnnamed);
  return response.status == 503 ? asked : std::nullopt;
}

class SharedHold final : public Transport {
 public:
  SharedHold(Transport& inner, const Clock& clock) : inner_(inner), clock_(clock) {}

  Result<Response> send(const Request& request) override {
    if (const auto wait = next_turn())
      return fail(
          Error(ErrorCode::unavailable, request.method + " " + display_url(request.url) +
                                            ": not sent, since the server has asked for fewer requests")
              .with_retry_after(*wait));
    auto response = inner_.send(request);
    if (response) note(*response);
    return response;
  }

 private:
  // How long this caller waits; nothing: it may send.
  std::optional<seconds> next_turn() {
    const std::lock_guard lock(mutex_);
    const Ticks left = until_ - clock_.boot_now();
    if (left <= Ticks(0)) return std::nullopt;
    return std::chrono::ceil<seconds>(left + kHoldTurn * ++refused_);
  }

  void note(const Response& response) {
    const auto hold = named_hold(response);
    if (!hold) return;
    const std::lock_guard lock(mutex_);
    const BootInstant until = clock_.boot_now() + std::min<seconds>(*hold, kLongestHold);
    if (until <= until_) return;
    until_ = until;
    refused_ = 0;
  }

  Transport& inner_;
  const Clock& clock_;
  std::mutex mutex_;
  BootInstant until_{};
  int64_t refused_ = 0;  // since the hold began
};

}  // namespace

std::unique_ptr<Transport> with_shared_hold(Transport& inner, const Clock& clock) {
  return std::make_unique<SharedHold>(inner, clock);
}

}  // namespace scoped::net
