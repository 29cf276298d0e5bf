#include "helper/fetch/flight.h"

#include <algorithm>

namespace scoped::fetch {
namespace {

using answer::Answer;
using answer::Load;
using answer::Moment;
using answer::SealedCopy;
using record::RecordName;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using store::LoadResult;
using store::LoadState;

constexpr std::chrono::seconds kLongWait{5};

std::string described(const LoadResult& loaded) {
  return std::string(store::name_of(loaded.state)) + (loaded.why ? ": " + loaded.why->line() : "");
}

}  // namespace

void Flight::say(const RecordName& name, const std::string& what) const {
  if (use_.say) use_.say("'" + name.display() + "': " + what);
}

Moment Flight::moment() {
  if (!boot_id_) boot_id_ = use_.boot_id();
  return {use_.clock.now(), use_.clock.boot_now(), *boot_id_};
}

// As far as the deadline allows; in whole seconds where it can be, since it is shown.
milliseconds Flight::bounded(milliseconds wait) const {
  if (started_ + wait <= use_.deadline) return wait;
  const auto left = std::max<steady_clock::duration>(steady_clock::duration(0), use_.deadline - started_);
  const auto whole = std::chrono::floor<std::chrono::seconds>(left);
  return whole.count() > 0 ? milliseconds(whole) : std::chrono::floor<milliseconds>(left);
}

// Of a wait that began with the request.
milliseconds Flight::left(milliseconds wait) const {
  return std::max(milliseconds(0), std::chrono::floor<milliseconds>(started_ + wait - steady_clock::now()));
}

Answer Flight::finish(const Load& load, const LoadResult* loaded) {
  return use_.engine.finish(load, loaded, {use_.clock.now(), use_.clock.boot_now()});
}

void Flight::recall(const RecordName& name) {
  mark_ = use_.sealed.mark_of(name);  // before the look: what is written after it is told as a change
  recalled_ = use_.sealed.find(name);
  if (recalled_) use_.copies.put(name, answer::to_copy(*recalled_, moment(), use_.revalidate));
}

void Flight::doubt(const RecordName& name) {
  if (!use_.sealed.find(name)) return;
  const auto held = use_.sealed.lock(name, milliseconds(0));
  if (!held || !*held) return;  // whoever holds it is reading the record anew
  auto copy = use_.sealed.find(name);
  if (!copy || std::exchange(copy->doubtful, true)) return;
  use_.sealed.keep(**held, name, *copy);
}

Answer Flight::answer(const answer::Request& request, const Load& wanted) {
  recall(wanted.name);
  if (!recalled_) return ask_store(wanted);
  auto begun = use_.engine.begin(request, {use_.clock.now(), use_.clock.boot_now()});
  if (auto* answer = std::get_if<Answer>(&begun)) {
    say(wanted.name, "answered by the sealed copy");
    return std::move(*answer);
  }
  return ask_store(std::get<Load>(begun));
}

Answer Flight::ask_store(Load load) {
  load.wait = bounded(load.wait);
  while (true) {
    auto locked = use_.sealed.lock_while(mark_, load.name, left(load.wait));
    if (!locked) {
      say(load.name, "not copied: " + locked.error().line());
      return this->load(std::nullopt, std::move(load));
    }
    if (is_loaded_by_another(load.name)) {
      const LoadResult loaded = LoadResult::of({recalled_->record.clone(), {}});
      return finish(load, &loaded);
    }
    if (*locked) {
      wait_longer(**locked, load);
      return this->load(*locked, std::move(load));
    }
    if (left(load.wait).count() == 0) {
      say(load.name, "another process waits for the store");
      return finish(load, nullptr);
    }
  }
}

// What another process has read since we looked is as new as what we would read.
bool Flight::is_loaded_by_another(const RecordName& name) {
  const auto before = std::exchange(recalled_, std::nullopt);
  recall(name);
  if (!recalled_ || (before && recalled_->read_at == before->read_at)) return false;
  say(name, "loaded by another process");
  return true;
}

// Noted before it is spent, so that a process that dies of it has spent it.
void Flight::wait_longer(const FileLock& held, Load& load) {
  if (!recalled_ || load.wait >= kLongWait) return;
  const Moment now = moment();
  if (!answer::may_wait_long(*recalled_, now, use_.revalidate)) return;
  recalled_->long_wait = now;
  if (!use_.sealed.keep(held, load.name, *recalled_)) return;
  load.wait = bounded(kLongWait);
}

Answer Flight::load(const std::optional<FileLock>& held, Load load) {
  const Moment read_at = moment();
  const milliseconds wait = left(load.wait);
  const auto loaded = wait.count() > 0 ? use_.load(load.name, wait) : std::nullopt;
  if (!loaded) {
    say(load.name, "the store did not answer within " + format_duration(load.wait));
    return finish(load, nullptr);
  }
  say(load.name, "loaded from the store: " + described(*loaded));
  take(held, load.name, *loaded, read_at);
  return finish(load, &*loaded);
}

void Flight::take(const std::optional<FileLock>& held, const RecordName& name, const LoadResult& loaded,
                  const Moment& read_at) {
  use_.copies.take(name, loaded, read_at.real, read_at.boot);
  if (!held) return;
  if (loaded.state == LoadState::denied && recalled_)
    say(name, "warning: the store refuses a record of which there was a copy");
  if (loaded.state == LoadState::absent || loaded.state == LoadState::denied) use_.sealed.drop(*held, name);
  if (loaded.state != LoadState::found) return;
  use_.sealed.keep(*held, name, {loaded.found->record.clone(), read_at, std::nullopt, false});
}

}  // namespace scoped::fetch
