#include "agent/ctl/status_table.h"

#include "agent/ctl/table.h"
#include "agent/ctl/times.h"

#include <optional>

namespace scoped::ctl {
namespace {

std::string text_in(const json::Value& value, std::string_view key) {
  const json::Value* member = value.at({key});
  return member != nullptr && member->text() != nullptr ? *member->text() : std::string();
}

int64_t integer_in(const json::Value& value, std::string_view key) {
  const json::Value* member = value.at({key});
  return member != nullptr && member->integer() != nullptr ? *member->integer() : 0;
}

bool is_true(const json::Value& value, std::string_view key) {
  const json::Value* member = value.at({key});
  return member != nullptr && member->boolean() != nullptr && *member->boolean();
}

const json::Array& array_in(const json::Value& value, std::string_view key) {
  static const json::Array kNone;
  const json::Value* member = value.at({key});
  return member != nullptr && member->array() != nullptr ? *member->array() : kNone;
}

std::optional<Instant> time_in(const json::Value& value, std::string_view key) {
  const auto at = parse_rfc3339(text_in(value, key));
  return at ? std::optional(*at) : std::nullopt;
}

std::string expiry_of(const json::Value& slot, Instant now) {
  const auto expires_at = time_in(slot, "expires_at");
  if (!expires_at && !time_in(slot, "created_at")) return "";  // an empty slot
  return with_relative(expires_at, now);
}

// When the next step is worth looking for: that of a wait, else when the password is due.
std::string when_of(const json::Value& token, Instant now) {
  auto at = time_in(token, "until");
  if (!at) at = time_in(token, "due_at");
  return at ? relative(*at, now) : "";
}

void add_token(Table& table, const json::Value& token, Instant now) {
  std::vector<std::string> start = {name_in(token), std::to_string(integer_in(token, "generation"))};
  std::vector<std::string> end = {text_in(token, "step"), when_of(token, now), text_in(token, "reason")};
  if (!is_true(token, "read")) end = {"", "", "it could not be read"};
  const json::Array& slots = array_in(token, "slots");
  if (slots.empty()) start.insert(start.end(), 3, "");
  for (const json::Value& slot : slots) {
    start.insert(start.end(), {text_in(slot, "slot"), text_in(slot, "role"), expiry_of(slot, now)});
    start.insert(start.end(), end.begin(), end.end());
    table.row(std::move(start));
    start = {"", ""};
    end.clear();
  }
  if (!slots.empty()) return;
  start.insert(start.end(), end.begin(), end.end());
  table.row(std::move(start));
}

void add_publisher(Table& table, Table& problems, const json::Value& publisher) {
  const std::string name = text_in(publisher, "publisher");
  for (const json::Value& consumer : array_in(publisher, "consumers")) {
    const int64_t generation = integer_in(consumer, "generation");
    table.row({name, name_in(publisher), text_in(consumer, "consumer"),
               generation == 0 ? "none" : std::to_string(generation)});
    if (const std::string problem = problem_of(consumer); !problem.empty())
      problems.row({"problem: publisher " + name + ": " + problem});
  }
  if (const std::string problem = problem_of(publisher); !problem.empty())
    problems.row({"problem: publisher " + name + ": " + problem});
}

bool publisher_has_findings(const json::Value& publisher) {
  if (!problem_of(publisher).empty()) return true;
  for (const json::Value& consumer : array_in(publisher, "consumers"))
    if (!problem_of(consumer).empty()) return true;
  return false;
}

std::string agent_line(const json::Value& document, Instant now) {
  const json::Value* agent = document.at({"agent"});
  if (agent == nullptr || agent->object() == nullptr)
    return "no agent runs: this was read just now, and nothing is rotated until one runs";
  std::string duties;
  for (const json::Value& duty : array_in(*agent, "duties"))
    if (duty.text() != nullptr) duties += (duties.empty() ? "" : ", ") + *duty.text();
  const auto started_at = time_in(*agent, "started_at");
  return "agent " + text_in(*agent, "version") + ", process " + std::to_string(integer_in(*agent, "pid")) +
         (started_at ? ", started " + relative(*started_at, now) : "") + ", duties: " + duties;
}

}  // namespace

std::string name_in(const json::Value& token) {
  return text_in(token, "registry") + "/" + text_in(token, "token");
}
std::vector<SlotLine> slots_in(const json::Value& token) {
  std::vector<SlotLine> slots;
  for (const json::Value& slot : array_in(token, "slots"))
    slots.push_back({text_in(slot, "slot"), text_in(slot, "role"), time_in(slot, "free_at")});
  return slots;
}

bool is_ready(const json::Value& token) { return is_true(token, "ready"); }
std::string problem_of(const json::Value& token) { return text_in(token, "problem"); }

std::string step_of(const json::Value& token) {
  const std::string step = text_in(token, "step"), reason = text_in(token, "reason");
  return step.empty() || reason.empty() ? step + reason : step + ": " + reason;
}

std::string outcome_of(const json::Value& token, Instant now) {
  for (const json::Value& slot : array_in(token, "slots")) {
    if (text_in(slot, "role") != "current") continue;
    const auto expires_at = time_in(slot, "expires_at");
    return "generation " + std::to_string(integer_in(token, "generation")) + ", " + text_in(slot, "slot") +
           (expires_at ? " until " + with_relative(expires_at, now) : ", which never expires");
  }
  const std::string problem = problem_of(token);
  return "no password yet: " + (problem.empty() ? step_of(token) : problem);
}

bool has_findings(const json::Value& document) {
  for (const json::Value& token : array_in(document, "tokens"))
    if (!problem_of(token).empty() || !is_true(token, "read")) return true;
  for (const json::Value& publisher : array_in(document, "publishers"))
    if (publisher_has_findings(publisher)) return true;
  return false;
}

std::string status_table(const json::Value& document, Instant now) {
  Table table({"TOKEN", "GEN", "SLOT", "ROLE", "EXPIRES", "NEXT", "WHEN", "REASON"});
  Table problems;
  for (const json::Value& token : array_in(document, "tokens")) {
    add_token(table, token, now);
    if (const std::string problem = problem_of(token); !problem.empty())
      problems.row({"problem: " + name_in(token) + ": " + problem});
  }
  Table publishers({"PUBLISHER", "TOKEN", "CONSUMER", "GEN"});
  for (const json::Value& publisher : array_in(document, "publishers"))
    add_publisher(publishers, problems, publisher);
  std::string text = table.empty() ? "no tokens are configured\n" : table.text();
  if (!publishers.empty()) text += "\n" + publishers.text();
  text += "\n" + agent_line(document, now) + "\n";
  return text + problems.text();
}

}  // namespace scoped::ctl
