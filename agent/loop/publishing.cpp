#include "agent/loop/publishing.h"

#include "agent/loop/publish_round.h"
#include "agent/publish/ledger.h"
#include "common/net/retry.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace scoped::loop {
namespace {

using record::RecordName;
using Milliseconds = std::chrono::milliseconds;

// The documented back-off of a publisher that failed.
constexpr net::RetryPolicy kBackOff{.base = Milliseconds(1'000), .ceiling = std::chrono::minutes(1)};
constexpr Milliseconds kStoreBehind{500};      // to the next round, when the store shows the record of before
constexpr std::chrono::seconds kPatience{20};  // of who waits for a promotion to be published

// Somebody who waits for a generation to be published.
struct Waiting {
  int64_t generation = 0;
  BootInstant deadline;
  std::function<void()> then;
};

// One publisher of the configuration.
struct Job {
  const config::Typed* settings = nullptr;
  RecordName token;
  bool shared = false;
  std::unique_ptr<publish::Publisher> publisher;  // used by one worker at a time, while busy
  bool busy = false;
  bool again = false;  // asked for while busy
  int failures = 0;
  Timers::Id timer = 0;
  std::string told;  // the last problem in the log, so that it stands there once
  std::vector<Waiting> waiting;
  PublishRound last;
};

}  // namespace

struct Publishing::Impl : std::enable_shared_from_this<Publishing::Impl> {
  explicit Impl(Use given) : use(std::move(given)) {}

  void run(Job& job);
  void finish(Job& job, PublishRound&& round);
  void note(const Job& job);
  void tell(Job& job);
  void write_down();
  void look_later(Job& job);
  void answer(Job& job);
  json::Value status(const Job& job) const;

  Use use;
  std::map<std::string, Job> jobs;
  bool stopping = false;
  bool writing = false;
  // Read by the rotation's workers.
  mutable std::mutex mutex;
  publish::Ledger ledger;
  std::map<std::string, int64_t> confirmed;  // by publisher: the last generation that all had
};

// --- rounds --------------------------------------------------------------------------------------------

void Publishing::Impl::run(Job& job) {
  if (stopping) return;
  if (std::exchange(job.busy, true)) {
    job.again = true;
    return;
  }
  use.timers.cancel(job.timer);
  use.workers.post([self = shared_from_this(), &job] {
    auto round = std::make_shared<PublishRound>();
    auto store = self->use.parts.store_of(job.token.registry);
    if (store)
      *round = publish_round({*job.settings, *job.publisher, **store});
    else
      round->error = std::move(store).error();
    boost::asio::post(self->use.io, [self, &job, round] { self->finish(job, std::move(*round)); });
  });
}

void Publishing::Impl::finish(Job& job, PublishRound&& round) {
  job.busy = false;
  job.last = std::move(round);
  job.failures = job.last.problem() == nullptr ? 0 : job.failures + 1;
  note(job);
  tell(job);
  answer(job);
  if (std::exchange(job.again, false)) return run(job);
  look_later(job);
}

// Who failed keeps what it had. Who is gone from a list of names is no longer asked about.
void Publishing::Impl::note(const Job& job) {
  const std::lock_guard lock(mutex);
  const std::string& id = job.settings->name;
  if (job.last.is_confirmed()) confirmed[id] = job.last.generation;
  if (job.last.consumers.empty()) return;
  publish::Ledger changed = ledger;
  for (auto each = changed.lower_bound({id, ""}); each != changed.end() && each->first.first == id;) {
    const bool is_here =
        std::any_of(job.last.consumers.begin(), job.last.consumers.end(),
                    [&each](const publish::Consumer& one) { return one.name == each->first.second; });
    each = is_here ? std::next(each) : changed.erase(each);
  }
  for (const publish::Consumer& each : job.last.consumers)
    if (!each.problem) changed[{id, each.name}] = job.last.generation;
  if (changed == ledger) return;
  ledger = std::move(changed);
  write_down();
}

// Many rounds end at once after a start. REQUIRES: the mutex is held.
void Publishing::Impl::write_down() {
  if (std::exchange(writing, true)) return;
  use.workers.post([self = shared_from_this()] {
    publish::Ledger now;
    {
      const std::lock_guard lock(self->mutex);
      self->writing = false;
      now = self->ledger;
    }
    if (const auto written = publish::write_ledger(self->use.state_folder, now); !written)
      self->use.log.write(Level::warning, "who has which password cannot be written down",
                          {{"error", written.error().line()}});
  });
}

void Publishing::Impl::tell(Job& job) {
  const auto changed = std::count_if(job.last.consumers.begin(), job.last.consumers.end(),
                                     [](const publish::Consumer& each) { return each.changed; });
  const std::string token = job.token.display();
  if (changed > 0)
    use.log.write(Level::info, "published",
                  {{"publisher", job.settings->name},
                   {"token", token},
                   {"generation", std::to_string(job.last.generation)},
                   {"consumers", std::to_string(changed)}});
  const Error* problem = job.last.problem();
  std::string line = problem == nullptr ? std::string() : problem->line();
  if (line != job.told && problem != nullptr)
    use.log.write(Level::warning, "not published, trying again",
                  {{"publisher", job.settings->name}, {"token", token}, {"error", line}});
  job.told = std::move(line);
}

void Publishing::Impl::look_later(Job& job) {
  if (stopping) return;
  Milliseconds wait = job.waiting.empty() ? use.configuration.copies.revalidate_agent : kStoreBehind;
  if (job.failures > 0) {
    const auto least = job.last.problem()->retry_after();
    wait = net::retry_delay(kBackOff, job.failures,
                            least ? std::optional<Milliseconds>(*least) : std::nullopt, use.random);
    wait = std::max<Milliseconds>(wait, kBackOff.base);
  }
  job.timer =
      use.timers.at(use.clock.boot_now() + wait, [self = shared_from_this(), &job] { self->run(job); });
}

// A round that failed is an answer too: who waits has other things to do, and the agent goes on by itself.
// One that a store answered with the record of before is none.
void Publishing::Impl::answer(Job& job) {
  if (job.again && !stopping) return;  // that round began before they asked
  const BootInstant now = use.clock.boot_now();
  for (Waiting& each : std::exchange(job.waiting, {})) {
    const bool is_behind = job.failures == 0 && job.last.generation < each.generation;
    if (is_behind && now < each.deadline && !stopping)
      job.waiting.push_back(std::move(each));
    else
      each.then();
  }
}

// --- the outside ---------------------------------------------------------------------------------------

Publishing::Publishing(Use use) : impl_(std::make_shared<Impl>(std::move(use))) {
  if (auto ledger = publish::read_ledger(impl_->use.state_folder); ledger)
    impl_->ledger = std::move(*ledger);
  else
    impl_->use.log.write(Level::warning, "who has which password is not known",
                         {{"error", ledger.error().line()}});
  for (const auto& [name, settings] : impl_->use.configuration.publishers) {
    Job& job = impl_->jobs[name];
    job.settings = &settings;
    job.token = publish::token_of(settings);
    job.shared = publish::type_of(settings).shared;
  }
}

Publishing::~Publishing() = default;

void Publishing::start() {
  for (auto& [name, job] : impl_->jobs) {
    auto made = impl_->use.parts.publisher_of(*job.settings);
    if (made) {
      job.publisher = std::move(*made);
      impl_->run(job);
    } else {  // the configuration was checked
      job.last.error = std::move(made).error();
      impl_->tell(job);
    }
  }
}

void Publishing::stop() {
  impl_->stopping = true;
  for (auto& [name, job] : impl_->jobs) impl_->answer(job);
}

void Publishing::promoted(const RecordName& name, int64_t generation, std::function<void()> then) {
  const BootInstant deadline = impl_->use.clock.boot_now() + kPatience;
  auto left = std::make_shared<int>(1);
  auto done = std::make_shared<std::function<void()>>(std::move(then));
  const auto one_less = [left, done] {
    if (--*left == 0 && *done) std::exchange(*done, nullptr)();
  };
  for (auto& [id, job] : impl_->jobs) {
    if (job.token != name || !job.publisher || impl_->stopping) continue;
    ++*left;
    job.waiting.push_back({generation, deadline, one_less});
    impl_->run(job);
  }
  if (*left > 1)
    impl_->use.timers.at(deadline, [done] {
      if (*done) std::exchange(*done, nullptr)();
    });
  one_less();
}

void Publishing::seen(const RecordName& name, int64_t generation) {
  for (auto& [id, job] : impl_->jobs)
    if (job.token == name && job.publisher && job.failures == 0 && !job.busy &&
        job.last.generation < generation)
      impl_->run(job);
}

std::optional<std::string> Publishing::holding(const record::Record& record) const {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [id, job] : impl_->jobs) {
    if (job.token != record.name()) continue;
    const auto written = record.published.find(id);
    const auto confirmed = impl_->confirmed.find(id);
    const bool by_record =
        job.shared && written != record.published.end() && written->second >= record.generation;
    const bool by_us = confirmed != impl_->confirmed.end() && confirmed->second >= record.generation;
    if (!by_record && !by_us) return "publisher '" + id + "' has told everybody";
  }
  return std::nullopt;
}

json::Value Publishing::Impl::status(const Job& job) const {
  json::Object object;
  object.set("publisher", job.settings->name);
  object.set("type", job.settings->type);
  object.set("registry", job.token.registry);
  object.set("token", job.token.token);
  object.set("generation", job.last.generation);
  json::Array consumers;
  std::map<std::string, const Error*> problems;
  for (const publish::Consumer& each : job.last.consumers)
    problems[each.name] = each.problem ? &*each.problem : nullptr;
  for (auto each = ledger.lower_bound({job.settings->name, ""});
       each != ledger.end() && each->first.first == job.settings->name; ++each)
    problems.try_emplace(each->first.second, nullptr);
  for (const auto& [name, problem] : problems) {
    json::Object consumer;
    const auto has = ledger.find({job.settings->name, name});
    consumer.set("consumer", name);
    consumer.set("generation", has == ledger.end() ? int64_t{0} : has->second);
    if (problem != nullptr) consumer.set("problem", problem->line());
    consumers.push_back(std::move(consumer));
  }
  object.set("consumers", std::move(consumers));
  if (job.last.error) object.set("problem", job.last.error->line());
  return object;
}

json::Array Publishing::status() const {
  const std::lock_guard lock(impl_->mutex);
  json::Array all;
  for (const auto& [name, job] : impl_->jobs) all.push_back(impl_->status(job));
  return all;
}

}  // namespace scoped::loop
