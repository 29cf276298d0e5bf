#include "helper/fetch/bounded_load.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace scoped::fetch {
namespace {

struct Shared {
  std::mutex mutex;
  std::condition_variable ended;
  std::optional<store::LoadResult> result;
};

}  // namespace

std::optional<store::LoadResult> load_within(LoadWork work, std::chrono::milliseconds wait) {
  const auto shared = std::make_shared<Shared>();
  try {
    std::thread([shared, work = std::move(work)] {
      store::LoadResult result = work();
      const std::lock_guard lock(shared->mutex);
      shared->result = std::move(result);
      shared->ended.notify_one();
    }).detach();
  } catch (const std::system_error& error) {
    return store::LoadResult::failed(
        store::LoadState::unavailable,
        Error(ErrorCode::unavailable, std::string("cannot start a thread: ") + error.what()));
  }
  std::unique_lock lock(shared->mutex);
  shared->ended.wait_for(lock, wait, [&] { return shared->result.has_value(); });
  return std::exchange(shared->result, std::nullopt);
}

}  // namespace scoped::fetch
