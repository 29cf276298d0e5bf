#include "agent/loop/publish_round.h"

#include <algorithm>

namespace scoped::loop {
namespace {

using record::RecordName;

constexpr int kTries = 5;  // the rotation writes the same record at the same time

Result<store::Found> load(store::RecordStore& store, const RecordName& name) {
  store::LoadResult loaded = store.load(name);
  if (loaded.found) return std::move(*loaded.found);
  if (loaded.why) return fail(std::move(*loaded.why));
  return fail(ErrorCode::not_found, "'" + name.display() + "' has no record: run 'scopedctl import " +
                                        name.registry + " " + name.token + "'");
}

// Not after another promotion: of that one nobody has been told yet.
Result<> write_down(const PublishWork& work, const publish::Login& login, store::Found found) {
  for (int tries = 1;; ++tries) {
    if (found.record.generation != login.generation)
      return fail(ErrorCode::conflict, "there is a newer password already: publishing it next");
    int64_t& written = found.record.published[work.settings.name];
    if (written == login.generation) return {};
    written = login.generation;
    auto saved = work.store.save(login.token, found.record, found.revision);
    if (saved) return {};
    const ErrorCode code = saved.error().code();
    if (tries == kTries || (code != ErrorCode::conflict && code != ErrorCode::ambiguous))
      return fail(std::move(saved).error().within("write down who has the password"));
    found = TRY(load(work.store, login.token));
  }
}

Result<> run(const PublishWork& work, PublishRound& round) {
  const RecordName name = publish::token_of(work.settings);
  store::Found found = TRY(load(work.store, name));
  if (!found.record.current) return {};
  const record::Password& current = *found.record.current;
  const publish::Login login{name, found.record.generation, current.username, current.password.clone()};
  round.generation = login.generation;
  round.consumers = TRY(work.publisher.publish(login));
  const bool all = std::none_of(round.consumers.begin(), round.consumers.end(),
                                [](const publish::Consumer& each) { return each.problem.has_value(); });
  if (!all || !publish::type_of(work.settings).shared) return {};
  // Without compare-and-set this could undo what the rotation writes at the same time: there each agent waits
  // for what it has told itself, and the one that rotates is one of them.
  if (work.store.caps().cas == store::CompareAndSet::none) return {};
  return write_down(work, login, std::move(found));
}

}  // namespace

const Error* PublishRound::problem() const {
  if (error) return &*error;
  for (const publish::Consumer& each : consumers)
    if (each.problem) return &*each.problem;
  return nullptr;
}

bool PublishRound::is_confirmed() const { return generation > 0 && problem() == nullptr; }

PublishRound publish_round(const PublishWork& work) {
  PublishRound round;
  if (auto done = run(work, round); !done) round.error = std::move(done).error();
  return round;
}

}  // namespace scoped::loop
