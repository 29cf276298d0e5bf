#include "agent/ctl/claimed_write.h"

#include <algorithm>
#include <chrono>

namespace scoped::ctl {
namespace {

using record::Record;

constexpr int kMostSaves = 4;  // an agent may write into a claimed record too, e.g. when a slot is free

// The token's two slots are what they were when the write was decided on.
bool are_as_gathered(const registry::TokenState& now, const registry::TokenState& then) {
  const auto is_in = [](const registry::TokenState& token, const registry::SlotState& slot) {
    const registry::SlotState* other = token.slot(slot.name);
    return other != nullptr && other->created_at == slot.created_at;
  };
  return now.slots.size() == then.slots.size() &&
         std::all_of(now.slots.begin(), now.slots.end(),
                     [&](const registry::SlotState& slot) { return is_in(then, slot); });
}

class Writer {
 public:
  Writer(const Claiming& claiming, const Gathered& gathered) : c_(claiming), g_(gathered) {}

  Result<> with_claim(const ClaimedWrite& write);
  Result<> without_claim(const ClaimedWrite& write);

 private:
  Result<TimeInterval> now() const;
  Result<> be_the_rotator() const;
  Result<> claim();
  Result<> last_look() const;
  Result<> look_at_slots() const;
  Result<> give_back(const std::function<void(Record&)>& settle);

  const Claiming& c_;
  const Gathered& g_;
  std::optional<net::Pinned> bearer_;
  std::string txn_;
};

Result<TimeInterval> Writer::now() const {
  const auto at = g_.control->server_time().at(c_.clock.boot_now());
  if (!at) return fail(ErrorCode::unavailable, "the registry's time is not known yet");
  return *at;
}

// The same that the planner asks of an agent.
Result<> Writer::be_the_rotator() const {
  if (g_.store->caps().cas != store::CompareAndSet::none) return {};
  const auto& rotator = g_.found->record.rotator;
  const std::string take = "run 'scopedctl rotator take " + g_.name.display() + "'";
  using record::Rotates;
  switch (record::may_rotate(g_.found->record, g_.instance, TRY(now()).earliest)) {
    case Rotates::yes:
      return {};
    case Rotates::nobody_is_named:
      return fail(ErrorCode::denied,
                  "the store cannot compare and set, and the record names nobody who may write: " + take);
    case Rotates::another_is_named:
      return fail(ErrorCode::denied, "the store cannot compare and set, so '" + rotator->instance +
                                         "' alone may write: run it there, or " + take);
    case Rotates::not_yet:
      return fail(ErrorCode::conflict,
                  "it has just been moved here: run it again after " + format_for_people(*rotator->from));
  }
  return {};
}

Result<> Writer::claim() {
  const Record& record = g_.found->record;
  if (const auto open = open_claim(record, c_.policy)) return fail(*open);
  TRY(be_the_rotator());
  bearer_ = TRY_WITH(g_.control->identity().pin(std::chrono::ceil<Seconds>(c_.policy.fence_min)), "claim");
  const TimeInterval at = TRY(now());
  if (bearer_->expiry.latest - at.earliest > c_.policy.fence_max)
    return fail(ErrorCode::configuration,
                "the identity's bearer lives longer than 'fence_max': raise it to at least " +
                    format_duration(std::chrono::ceil<Seconds>(bearer_->expiry.latest - at.earliest)));
  Record claimed = record.clone();
  record::Pending pending;
  pending.kind = record::PendingKind::patch;
  pending.txn = txn_ = c_.random.hex(16);
  pending.owner = c_.random.hex(16);
  pending.slot = record::other_slot(record);
  if (const registry::SlotState* slot = g_.token->slot(pending.slot)) pending.observed = slot->created_at;
  pending.fence = bearer_->expiry.latest;
  pending.claimed_at = at.latest;
  claimed.pending = std::move(pending);
  const auto saved = g_.store->save(g_.name, claimed, g_.found->revision);
  if (!saved && saved.error().code() == ErrorCode::conflict)
    return fail(ErrorCode::conflict, "its record was changed in this moment: run it again");
  // One that is ambiguous is found, or not, by the last look.
  if (!saved && saved.error().code() != ErrorCode::ambiguous) return fail(saved.error());
  return {};
}

Result<> Writer::look_at_slots() const {
  const auto token = TRY(g_.control->get_token(g_.name.token));
  if (are_as_gathered(token, *g_.token)) return {};
  return fail(ErrorCode::conflict,
              "somebody changed its passwords in this moment; nothing was sent: run it again");
}

Result<> Writer::last_look() const {
  const store::LoadResult loaded = g_.store->load(g_.name);
  if (!loaded.found || !loaded.found->record.pending || loaded.found->record.pending->txn != txn_)
    return fail(ErrorCode::conflict, "the claim is not ours any more; nothing was sent: run it again");
  TRY(look_at_slots());
  if (TRY(now()).latest < bearer_->expiry.latest) return {};
  return fail(ErrorCode::conflict, "the claim's bearer ran out; nothing was sent: run it again");
}

Result<> Writer::give_back(const std::function<void(Record&)>& settle) {
  for (int turn = 0; turn < kMostSaves; ++turn) {
    const auto found = TRY(load_record(*g_.store, g_.name));
    if (!found || !found->record.pending || found->record.pending->txn != txn_) return {};  // taken over
    Record changed = found->record.clone();
    changed.pending.reset();
    if (settle) settle(changed);
    const auto saved = g_.store->save(g_.name, changed, found->revision);
    if (saved) return {};
    const ErrorCode code = saved.error().code();
    if (code != ErrorCode::conflict && code != ErrorCode::ambiguous) return fail(saved.error());
  }
  return fail(ErrorCode::conflict, "its record changes too often");
}

Result<> Writer::with_claim(const ClaimedWrite& write) {
  TRY(claim());
  auto sent = write.send({&*bearer_, [this] { return last_look(); }});
  if (sent) {
    TRY_WITH(give_back(write.settle), "it is done, but its record could not be written");
    return {};
  }
  if (sent.error().code() == ErrorCode::ambiguous)
    return fail(ErrorCode::ambiguous, sent.error().line() + "; nothing else is sent for this token before " +
                                          format_for_people(bearer_->expiry.latest + c_.policy.fence_margin) +
                                          ": look with 'scopedctl token show', then run it again");
  (void)give_back({});  // else it ends by itself
  return sent;
}

Result<> Writer::without_claim(const ClaimedWrite& write) {
  bearer_ = TRY(g_.control->identity().pin(std::chrono::ceil<Seconds>(c_.policy.fence_min)));
  return write.send({&*bearer_, [this] { return look_at_slots(); }});
}

}  // namespace

std::optional<Error> open_claim(const Record& record, const rotate::Policy& policy) {
  if (!record.pending) return std::nullopt;
  const std::string until = format_for_people(record.pending->fence + policy.fence_margin);
  const bool staged = record.pending->phase == record::PendingPhase::generated;
  if (staged)
    return Error(ErrorCode::conflict,
                 "a rotation is under way and its new password is being verified: run it again when "
                 "'scopedctl status' shows it as the current one");
  return Error(ErrorCode::conflict,
               "a rotation or another write is under way: run it again in a moment; if whoever began it has "
               "died, the agent or 'scopedctl rotate' gives it up after " +
                   until);
}

Result<Claiming> claiming_of(const Run& run, const record::RecordName& name) {
  auto policy = TRY(run.parts.policy_of(name));
  return Claiming{run.around.clock, run.around.random, std::move(policy)};
}

Result<> write_under_claim(const Claiming& claiming, const Gathered& gathered, const ClaimedWrite& write) {
  CHECK_INVARIANT(gathered.token.has_value());
  Writer writer(claiming, gathered);
  return gathered.found ? writer.with_claim(write) : writer.without_claim(write);
}

}  // namespace scoped::ctl
