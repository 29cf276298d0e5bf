// Not tested here: carrying a decision out (session_test.cpp).
#include "agent/rotate/rules.h"

#include "tests/support/catch.h"
#include "tests/unit/rotate/scene.h"

#include <set>

using namespace scoped;
using namespace scoped::test;
using rotate::Sent;
using rotate::Step;

namespace {

struct Row {
  const char* sentence;
  void (*arrange)(Scene&);
  Step step;
  const char* slot;
  const char* reason;
  std::optional<double> until = std::nullopt;
};

// One row for each reason, in the order of the chain.
const Row kRows[] = {
    {"a token that the registry does not have is left alone",
     [](Scene& s) { s.observed.token_exists = false; }, Step::give_up, "",
     "the registry has no such token: run 'scopedctl token create --registry myregistry.azurecr.io --name "
     "token'"},
    {"a record that cannot be read is reported with its own line",
     [](Scene& s) {
       s.observed.record_view = rotate::RecordView::unreadable;
       s.observed.record = nullptr;
       s.observed.record_problem = "record file 'x': it is cut or altered";
     },
     Step::give_up, "", "record file 'x': it is cut or altered"},
    {"passwords without a record are somebody's",
     [](Scene& s) {
       s.observed.record_view = rotate::RecordView::absent;
       s.observed.record = nullptr;
     },
     Step::give_up, "", "it has passwords and no record: run 'scopedctl import myregistry.azurecr.io token'"},
    {"an empty token without a record is imported by a person",
     [](Scene& s) {
       s.observed.record_view = rotate::RecordView::absent;
       s.observed.record = nullptr;
       s.observed.slots.clear();
     },
     Step::give_up, "", "no record: run 'scopedctl import myregistry.azurecr.io token'"},
    {"nothing is decided before the registry's time is known", [](Scene& s) { s.observed.now.reset(); },
     Step::wait, "", "the registry's time is not known yet"},
    {"a value in memory is staged before anything else is looked at",
     [](Scene& s) {
       s.at(35).claim(Sent::held);
       s.observed.token_enabled = false;
       s.observed.not_before = second(99);
     },
     Step::stage, "password2", "the new password is in memory alone"},
    {"a disabled token is not rotated", [](Scene& s) { s.at(40).observed.token_enabled = false; },
     Step::give_up, "", "the token is disabled and is not rotated"},
    {"a token that the registry is changing is waited for",
     [](Scene& s) { s.at(40).observed.token_settled = false; }, Step::wait, "",
     "the registry is still at work on the token"},
    {"an agent without the duty only looks", [](Scene& s) { s.at(40).observed.may_rotate = false; },
     Step::wait, "", "only looked at: nothing rotates it here"},
    {"where one agent alone may rotate, none does before one is named",
     [](Scene& s) { s.at(40).one_rotates(); }, Step::give_up, "",
     "its store cannot compare and set, so one agent alone may rotate it, and its record names none: run "
     "'scopedctl rotator take myregistry.azurecr.io/token'"},
    {"another than the one that is named says who rotates",
     [](Scene& s) {
       s.at(40).one_rotates();
       s.record.rotator = record::Rotator{"build8.2"};
     },
     Step::give_up, "",
     "its store cannot compare and set, so 'build8.2' alone rotates it: to move that here, run 'scopedctl "
     "rotator take myregistry.azurecr.io/token'"},
    {"whoever has just been named waits until the one before can write no more",
     [](Scene& s) {
       s.at(40).one_rotates();
       s.record.rotator = record::Rotator{"build7.1", second(45)};
     },
     Step::wait, "", "it has just been moved here, and what was being written elsewhere must be over", 45},
    {"the one that is named rotates",
     [](Scene& s) {
       s.at(33).one_rotates();
       s.record.rotator = record::Rotator{"build7.1", second(32)};
     },
     Step::claim, "password2", "the password is due"},
    {"a claim for which nothing was done is given back before the next try",
     [](Scene& s) {
       s.at(34).claim(Sent::refused);
       s.observed.not_before = second(50);
     },
     Step::release, "password2", "nothing was done for the claim"},
    {"after a failure it waits and says why",
     [](Scene& s) {
       s.at(40).observed.not_before = second(50);
       s.observed.last_error = "HTTP 500";
     },
     Step::wait, "", "trying again: HTTP 500", 50},
    {"whoever reads a promotion back says when the old slot is free",
     [](Scene& s) { s.record.previous->free_at.reset(); }, Step::mark_free, "password2",
     "the promotion has been read back"},
    {"a lost current password is tried before anything is done about it", [](Scene& s) { s.lose_current(); },
     Step::verify, "password1", "somebody changed the current slot; is its password dead?"},
    {"nothing is decided while a lost password still logs in",
     [](Scene& s) {
       s.lose_current();
       s.logins("password1", 0).last_accepted = second(9.5);
     },
     Step::wait, "", "somebody changed the current slot, but its password still logs in", 11},
    {"nothing is decided while the login endpoint does not answer",
     [](Scene& s) {
       s.lose_current();
       s.logins("password1", 0).last_unclear = second(9.5);
     },
     Step::wait, "", "somebody changed the current slot, and the login endpoint does not answer", 11},
    {"when the current password is dead the previous one is tried",
     [](Scene& s) {
       s.lose_current();
       s.logins("password1", 0).last_refused = second(9.5);
     },
     Step::verify, "password2", "somebody changed the current slot; does the previous password work?"},
    {"a previous password that works is handed out again",
     [](Scene& s) {
       s.lose_current();
       s.logins("password1", 0).last_refused = second(9.5);
       s.logins("password2", -32).last_accepted = second(9.7);
     },
     Step::swap_back, "password2", "somebody changed the current slot; the previous password works"},
    {"our claim is sent", [](Scene& s) { s.at(34).claim(Sent::not_yet); }, Step::generate, "password2",
     "the claim is ours"},
    {"a claim whose bearer ran out is not sent", [](Scene& s) { s.at(39).claim(Sent::not_yet); },
     Step::release, "password2", "its bearer ran out before it was sent"},
    {"a claim whose slot was changed is not sent",
     [](Scene& s) {
       s.at(34).claim(Sent::not_yet);
       s.observed.slots["password2"] = {second(33.5), second(900)};
     },
     Step::release, "password2", "somebody changed the claimed slot"},
    {"a lost answer whose effect is seen leaves a slot that may be generated again at once",
     [](Scene& s) {
       s.at(35).claim(Sent::ambiguous);
       s.observed.slots["password2"] = {second(34), second(97.1234567)};
     },
     Step::claim, "password2", "the answer was lost: the slot holds a password that nobody knows"},
    {"a lost answer whose effect is seen in a restored store is left alone for a while",
     [](Scene& s) {
       s.at(35).claim(Sent::ambiguous);
       s.observed.slots["password2"] = {second(34), second(97.1234567)};
       s.observed.restored_until = second(60);
     },
     Step::wait, "", "the answer was lost, and the store was restored: what it left is not claimed yet", 60},
    {"a lost answer whose effect is not seen is waited for until it cannot come any more",
     [](Scene& s) { s.at(35).claim(Sent::ambiguous); }, Step::wait, "", "the request may still be under way",
     41},
    {"another process's claim stands until its bearer is refused",
     [](Scene& s) { s.at(40.9).claim(Sent::unknown); }, Step::wait, "", "another process's claim stands", 41},
    {"a claim stands for its time even where the current password is dead",
     [](Scene& s) { s.at(36.9).die_under_a_claim(); }, Step::wait, "",
     "the current password is dead, and a claim stands", 37},
    {"then, where nothing works, the slot that it is not for is generated",
     [](Scene& s) { s.at(37.1).die_under_a_claim(); }, Step::claim, "password1",
     "repair: no recorded password works, and a claim stands"},
    {"our own request whose answer was lost is not waited for longer",
     [](Scene& s) {
       s.at(37.1).die_under_a_claim();
       s.observed.sent = Sent::ambiguous;
     },
     Step::claim, "password1", "repair: no recorded password works, and a claim stands"},
    {"the other recorded password is tried before a claim is taken over early",
     [](Scene& s) {
       s.at(37.1).die_under_a_claim();
       s.record.previous->password.expires_at = second(60);
       s.observed.slots["password2"] = {second(36), second(900)};
     },
     Step::verify, "password2", "the current password is dead; is the previous one too?"},
    {"a claim is not taken over early after one look at the slots",
     [](Scene& s) {
       s.at(37.1).die_under_a_claim();
       s.observed.slots_confirmed = false;
     },
     Step::wait, "", "no recorded password works; reading the slots again", 37.1},
    {"while a slot is busy there is no early takeover, which could leave none that nothing can hit",
     [](Scene& s) {
       s.at(37.1).die_under_a_claim();
       s.record.busy = record::Busy{"password1", second(45)};
     },
     Step::wait, "", "another process's claim stands", 41},
    {"nor of the claim of an early takeover",
     [](Scene& s) {
       s.at(37.1).die_under_a_claim();
       s.record.pending->slot = "password1";
     },
     Step::wait, "", "another process's claim stands", 41},
    {"nor of an operator's write, which may concern both slots",
     [](Scene& s) {
       s.at(37.1).die_under_a_claim();
       s.record.pending->kind = record::PendingKind::patch;
     },
     Step::wait, "", "another process's claim stands", 41},
    {"nor in a restored store, where more may be under way than the record shows",
     [](Scene& s) {
       s.at(37.1).die_under_a_claim();
       s.observed.restored_until = second(60);
     },
     Step::wait, "", "another process's claim stands", 41},
    {"a claim that ends sooner is not taken over early",
     [](Scene& s) {
       s.at(38).die_under_a_claim();
       s.policy.repair_budget = Seconds(8);
     },
     Step::wait, "", "another process's claim stands", 41},
    {"an old claim whose effect is seen is taken over on the same slot",
     [](Scene& s) {
       s.at(41.1).claim(Sent::unknown);
       s.observed.slots["password2"] = {second(34), second(97.1234567)};
     },
     Step::claim, "password2", "an old claim left a password that nobody knows"},
    {"an old claim without an effect is dropped", [](Scene& s) { s.at(41.1).claim(Sent::unknown); },
     Step::release, "password2", "an old claim came to nothing"},
    {"a staged slot that looks changed is read again",
     [](Scene& s) {
       s.staged();
       s.at(36).observed.slots["password2"] = {second(35), second(900)};
       s.observed.slots_confirmed = false;
     },
     Step::wait, "", "the staged slot looks changed; reading it again", 36},
    {"a staged password whose slot somebody changed is dropped",
     [](Scene& s) {
       s.staged();
       s.at(36).observed.slots["password2"] = {second(35), second(900)};
     },
     Step::release, "password2", "somebody changed the staged slot"},
    {"a staged password that is refused is tried again later",
     [](Scene& s) {
       s.staged();
       s.at(36).logins("password2", 34).last_refused = second(35.5);
     },
     Step::wait, "", "the staged password is not accepted everywhere yet", 37},
    {"a staged password that is refused beyond the fence is dropped",
     [](Scene& s) {
       s.staged();
       s.at(41.1).logins("password2", 34).last_refused = second(41);
     },
     Step::release, "password2", "the staged password is refused for good"},
    {"a staged password is not judged while the endpoint does not answer",
     [](Scene& s) {
       s.staged();
       s.at(36).logins("password2", 34).last_unclear = second(35.5);
     },
     Step::wait, "", "the login endpoint does not answer", 37},
    {"a staged password must log in several times",
     [](Scene& s) {
       s.staged();
       s.at(36).logins("password2", 34) = {1, second(35.5), {}, {}};
     },
     Step::verify, "password2", "the staged password must log in 2 times"},
    {"a staged password must settle",
     [](Scene& s) {
       s.staged();
       s.at(35.5).logins("password2", 34) = {2, second(35), {}, {}};
     },
     Step::wait, "", "the staged password must settle", 36},
    {"one login must be later than that",
     [](Scene& s) {
       s.staged();
       s.at(36).logins("password2", 34) = {2, second(35.5), {}, {}};
     },
     Step::verify, "password2", "one login after the staged password has settled"},
    {"a staged password that works is promoted",
     [](Scene& s) {
       s.staged();
       s.at(37).logins("password2", 34) = {3, second(36.5), {}, {}};
     },
     Step::promote, "password2", "the staged password works"},
    {"a repair tries the previous password too",
     [](Scene& s) {
       s.lose_current();
       s.observed.slots["password2"] = {second(5), second(900)};
       s.logins("password1", 0).last_refused = second(9.5);
     },
     Step::verify, "password2", "the current password is dead; is the previous one too?"},
    {"a repair waits while the previous password is not refused",
     [](Scene& s) {
       s.lose_current();
       s.observed.slots["password2"] = {second(5), second(900)};
       s.logins("password1", 0).last_refused = second(9.5);
       s.logins("password2", -32).last_unclear = second(9.5);
     },
     Step::wait, "", "the current password is dead; the previous one is not yet refused", 11},
    {"one refusal of the last recorded password is not enough for a repair",
     [](Scene& s) {
       s.lose_current();
       s.observed.slots["password2"] = {second(5), second(900)};
       s.logins("password1", 0).last_refused = second(9.5);
       s.logins("password2", -32) = {0, {}, second(9.6), {}, 1};
     },
     Step::wait, "", "the current password is dead; the previous one was refused once", 11},
    {"a second refusal of one password outlasts slow logins with the other one",
     [](Scene& s) {
       s.lose_current();
       s.observed.slots["password2"] = {second(5), second(900)};
       s.logins("password1", 0) = {0, {}, second(5.5), {}, 2};
       s.logins("password2", -32) = {0, {}, second(9.6), {}, 2};
     },
     Step::claim, "password2", "repair: no recorded password works"},
    {"but not for ever",
     [](Scene& s) {
       s.lose_current();
       s.observed.slots["password2"] = {second(5), second(900)};
       s.logins("password1", 0) = {0, {}, second(1.5), {}, 2};
       s.logins("password2", -32) = {0, {}, second(9.6), {}, 2};
     },
     Step::verify, "password1", "somebody changed the current slot; is its password dead?"},
    {"a second refusal is",
     [](Scene& s) {
       s.lose_current();
       s.observed.slots["password2"] = {second(5), second(900)};
       s.logins("password1", 0).last_refused = second(9.5);
       s.logins("password2", -32) = {0, {}, second(9.6), {}, 2};
     },
     Step::claim, "password2", "repair: no recorded password works"},
    {"a repair that was asked for tries the current password first",
     [](Scene& s) { s.observed.asked = rotate::Asked::repair; }, Step::verify, "password1",
     "a repair was asked for; does the password work?"},
    {"a repair that was asked for does not replace a password whose slot is unchanged",
     [](Scene& s) {
       s.observed.asked = rotate::Asked::repair;
       s.logins("password1", 0).last_refused = second(9.5);
     },
     Step::wait, "",
     "the current slot is unchanged, but its password does not log in: is the login endpoint behind?", 11},
    {"a repair needs two reads that agree",
     [](Scene& s) {
       s.lose_current();
       s.record.previous.reset();
       s.logins("password1", 0).last_refused = second(9.5);
       s.observed.slots_confirmed = false;
     },
     Step::wait, "", "no recorded password works; reading the slots again", 10},
    {"too many repairs at once need a person",
     [](Scene& s) {
       s.lose_current();
       s.record.previous.reset();
       s.logins("password1", 0).last_refused = second(9.5);
       s.observed.repairs_stopped = true;
     },
     Step::give_up, "",
     "no recorded password works, and too many tokens are like that at once: look at the registry, then run "
     "'scopedctl repair myregistry.azurecr.io/token'"},
    {"a repair does not take an outsider's slot",
     [](Scene& s) {
       s.lose_current();
       s.record.previous.reset();
       s.record.external_slot = "password2";
       s.logins("password1", 0).last_refused = second(9.5);
     },
     Step::give_up, "", "no recorded password works, and the other slot was handed to an outsider"},
    {"a repair waits for a busy slot",
     [](Scene& s) {
       s.lose_current();
       s.record.previous.reset();
       s.record.busy = record::Busy{"password2", second(20)};
       s.logins("password1", 0).last_refused = second(9.5);
     },
     Step::wait, "", "no recorded password works, and the other slot is busy", 20},
    {"when no recorded password works the slot that is not current is generated",
     [](Scene& s) {
       s.lose_current();
       s.record.previous.reset();
       s.logins("password1", 0).last_refused = second(9.5);
     },
     Step::claim, "password2", "repair: no recorded password works"},
    {"what a restored store has lost is put back while its password is in its slot",
     [](Scene& s) {
       s.set_back();
       s.at(40);
     },
     Step::put_back, "password2", "the store shows an older record than before"},
    {"a restored store is left alone for a while",
     [](Scene& s) { s.at(40).observed.restored_until = second(50); }, Step::wait, "",
     "the store shows an older record than before: was it restored?", 50},
    {"a token without a password gets its first one",
     [](Scene& s) {
       s.record.current.reset();
       s.record.previous.reset();
       s.record.reserved_slot = "password2";
       s.observed.slots.clear();
     },
     Step::claim, "password1", "it has no password yet"},
    {"the first password waits for nobody's slot but a busy one",
     [](Scene& s) {
       s.record.current.reset();
       s.record.previous.reset();
       s.record.reserved_slot = "password2";
       s.record.busy = record::Busy{"password1", second(20)};
     },
     Step::give_up, "", "no slot is free for the first password"},
    {"a password that is not due is left alone", [](Scene&) {}, Step::wait, "", "the password is not due",
     32},
    {"a crowd that is due at once comes one after the other",
     [](Scene& s) { s.at(33).observed.turn_at = second(35); }, Step::wait, "",
     "the password is due, and others are before it", 35},
    {"an outsider's slot is not generated", [](Scene& s) { s.at(40).record.external_slot = "password2"; },
     Step::give_up, "", "the other slot was handed to an outsider"},
    {"a busy slot is not generated",
     [](Scene& s) {
       s.at(40).record.busy = record::Busy{"password2", second(45)};
     },
     Step::wait, "", "the other slot is busy", 45},
    {"a previous password that may still be in use is not generated over",
     [](Scene& s) {
       s.at(34).record.previous = record::Previous{password("password2", -32, 90), second(50)};
       s.observed.slots["password2"] = {second(-32), second(90)};
     },
     Step::wait, "", "the previous password may still be in use", 50},
    {"a previous password is kept until a required hook has succeeded",
     [](Scene& s) {
       s.at(34).record.previous = record::Previous{password("password2", -32, 90), second(12)};
       s.observed.slots["password2"] = {second(-32), second(90)};
       s.observed.held_by = "a required hook succeeds: deploy.d/10-reload.required";
     },
     Step::wait, "", "the old password is kept until a required hook succeeds: deploy.d/10-reload.required"},
    {"somebody else's live password is left alone while ours works",
     [](Scene& s) {
       s.at(34).observed.slots["password2"] = {second(1), second(900)};
     },
     Step::wait, "", "the other slot holds a password that somebody else made", 38},
    {"somebody else's live password is never generated over when ours does not expire",
     [](Scene& s) {
       s.at(34).observed.slots["password2"] = {second(1), second(900)};
       s.record.current->expires_at.reset();
     },
     Step::give_up, "",
     "the other slot holds a password that somebody else made: run 'scopedctl import myregistry.azurecr.io "
     "token'"},
    {"a rotation that was asked for does not wait for the time",
     [](Scene& s) { s.at(13).observed.asked = rotate::Asked::rotation; }, Step::claim, "password2",
     "a rotation was asked for"},
    {"an old password that must be dead is overwritten only while the current one works",
     [](Scene& s) { s.condemn_previous(); }, Step::verify, "password1",
     "the old password is to be retired; does the current one work?"},
    {"an old password is kept while the current one does not log in",
     [](Scene& s) {
       s.condemn_previous();
       s.logins("password1", 0).last_refused = second(9.5);
     },
     Step::wait, "", "the old password is kept while the current one does not log in", 11},
    {"an old password that must be dead is overwritten although clients may use it",
     [](Scene& s) {
       s.condemn_previous();
       s.logins("password1", 0) = {1, second(9.5), {}, {}};
     },
     Step::claim, "password2", "the old password must be dead"},
    {"an old password that nobody may use is overwritten where the policy says so",
     [](Scene& s) {
       s.at(13).policy.retire = rotate::Retire::overwrite;
       s.logins("password1", 0) = {1, second(12.5), {}, {}};
     },
     Step::claim, "password2", "nobody may use the old password any more"},
    {"a claim to overwrite is sent", [](Scene& s) { s.at(10).retirement(Sent::not_yet); }, Step::retire,
     "password2", "the claim is ours"},
    {"a claim to overwrite is given back when the current slot was changed",
     [](Scene& s) {
       s.at(10).retirement(Sent::not_yet);
       s.logins("password1", 0).last_refused = second(9.5);
       s.logins("password2", -32) = {0, {}, second(9.5), {}, 2};
       s.lose_current();
     },
     Step::release, "password2", "somebody changed the current slot: the old password is kept"},
    {"an overwritten password is tried once more", [](Scene& s) { s.at(10).retirement(Sent::done); },
     Step::verify, "password2", "the old password is overwritten; is it dead?"},
    {"an overwritten password that a replica accepts is waited for",
     [](Scene& s) {
       s.at(10).retirement(Sent::done);
       s.logins("password2", -32) = {1, second(9.5), {}, {}};
     },
     Step::wait, "", "the old password is overwritten, but not yet refused", 11},
    {"an overwriting whose answer was lost is known by its expiry",
     [](Scene& s) {
       s.at(10).retirement(Sent::ambiguous);
       s.observed.slots["password2"] = {second(9), second(18.1234567)};
       s.logins("password2", -32).last_refused = second(9.5);
     },
     Step::forget, "password2", "the old password is dead"},
    {"a removal that was answered and is seen is finished",
     [](Scene& s) {
       s.at(10).removal(Sent::done);
       s.observed.slots.erase("password2");
     },
     Step::forget, "password2", "the old password is removed"},
    {"a removal that was answered and is not seen is waited for",
     [](Scene& s) { s.at(10).removal(Sent::done); }, Step::wait, "",
     "the old password is removed, but still shown", 11},
    {"a removal whose answer was lost is not believed because its slot is empty",
     [](Scene& s) {
       s.at(10).removal(Sent::ambiguous);
       s.observed.slots.erase("password2");
     },
     Step::wait, "", "the request may still be under way", 18},
    {"it is when nothing can be under way any more",
     [](Scene& s) {
       s.at(18.1).removal(Sent::unknown);
       s.observed.slots.erase("password2");
     },
     Step::forget, "password2", "the old password is removed"},
    {"a removal that came to nothing is dropped", [](Scene& s) { s.at(18.1).removal(Sent::unknown); },
     Step::release, "password2", "an old claim came to nothing"},
    {"an overwriting whose effect is not seen is waited for",
     [](Scene& s) { s.at(10).retirement(Sent::ambiguous); }, Step::wait, "",
     "the request may still be under way", 18},
    {"a password that is due is rotated", [](Scene& s) { s.at(33); }, Step::claim, "password2",
     "the password is due"},
};

}  // namespace

TEST_CASE("The planner decides by its rules, in their order", "[rotate]") {
  for (const Row& row : kRows) {
    DYNAMIC_SECTION(row.sentence) {
      Scene scene;
      row.arrange(scene);
      const rotate::Decision decision = scene.next();
      CHECK(name_of(decision.step) == name_of(row.step));
      CHECK(decision.reason == row.reason);
      CHECK(decision.slot == row.slot);
      if (row.until) CHECK(decision.until == second(*row.until));
    }
  }
}

TEST_CASE("Every rule speaks in some row, and each reason is one rule's", "[rotate]") {
  std::set<std::string_view> spoken;
  for (const Row& row : kRows) {
    Scene scene;
    row.arrange(scene);
    std::string_view who;
    for (const rotate::Gate& gate : rotate::gates())
      if (who.empty() && gate.speak(scene.observed)) who = gate.name;
    if (who.empty()) {
      const rotate::Facts facts{scene.observed, scene.policy, scene.record, *scene.observed.now};
      for (const rotate::Rule& rule : rotate::rules())
        if (who.empty() && rule.speak(facts)) who = rule.name;
    }
    spoken.insert(who);
  }
  for (const rotate::Gate& gate : rotate::gates()) CHECK(spoken.contains(gate.name));
  for (const rotate::Rule& rule : rotate::rules()) CHECK(spoken.contains(rule.name));
}
