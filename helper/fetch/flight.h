// The way to an answer where records are copied to disk: a fresh sealed copy answers by itself; otherwise one
// process of this user asks the store, and the others that want the same record wait for what it brings. The
// rules are ROTATION section 5 and SERVING 7.4. Without a folder to write in, each process asks for itself.
// Blocking, never beyond the deadline; one thread.
#pragma once

#include "common/answer/engine.h"
#include "common/answer/sealed_copies.h"
#include "common/base/clock.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace scoped::fetch {

class Flight {
 public:
  struct Use {
    answer::Engine& engine;
    answer::Copies& copies;  // the engine's
    answer::SealedCopies& sealed;
    const Clock& clock;
    std::chrono::milliseconds revalidate{};
    std::chrono::steady_clock::time_point deadline{};  // of the whole request
    std::function<std::string()> boot_id;
    // Asks the store; nothing: it did not answer within `wait`.
    std::function<std::optional<store::LoadResult>(const record::RecordName&, std::chrono::milliseconds wait)>
        load;
    answer::SealedCopies::Say say;  // may be empty
  };
  explicit Flight(Use use) : use_(std::move(use)), started_(std::chrono::steady_clock::now()) {}

  // `load`: what the engine wants for this request, knowing nothing of sealed copies.
  answer::Answer answer(const answer::Request& request, const answer::Load& load);
  // Takes the sealed copy, if there is one, into the copies.
  void recall(const record::RecordName& name);
  // A client said that the copy is of no use: the next one asks the store.
  void doubt(const record::RecordName& name);

 private:
  answer::Moment moment();
  answer::Answer ask_store(answer::Load load);
  bool is_loaded_by_another(const record::RecordName& name);
  answer::Answer load(const std::optional<FileLock>& held, answer::Load load);
  void wait_longer(const FileLock& held, answer::Load& load);
  void take(const std::optional<FileLock>& held, const record::RecordName& name,
            const store::LoadResult& loaded, const answer::Moment& read_at);
  std::chrono::milliseconds bounded(std::chrono::milliseconds wait) const;
  std::chrono::milliseconds left(std::chrono::milliseconds wait) const;
  answer::Answer finish(const answer::Load& load, const store::LoadResult* loaded);
  void say(const record::RecordName& name, const std::string& what) const;

  Use use_;
  const std::chrono::steady_clock::time_point started_;
  std::optional<std::string> boot_id_;  // once it was needed
  // Of the record that recall() was last asked for:
  std::optional<answer::SealedCopy> recalled_;
  uint64_t mark_ = 0;
};

}  // namespace scoped::fetch
