#include "agent/ctl/token_view.h"

#include "agent/ctl/table.h"
#include "agent/ctl/times.h"

namespace scoped::ctl {
namespace {

const record::Record* record_in(const TokenView& view) {
  return view.record != nullptr && view.record->found ? &view.record->found->record : nullptr;
}

bool is_absent(const TokenView& view) {
  return view.record != nullptr && view.record->state == store::LoadState::absent;
}

std::string problem_of_record(const TokenView& view) {
  if (view.record == nullptr) return view.record_problem;
  return view.record->why ? view.record->why->line() : std::string(name_of(view.record->state));
}

const char* state_of_record(const TokenView& view) {
  if (const record::Record* record = record_in(view)) return record->current ? "ready" : "not_ready";
  return is_absent(view) ? "absent" : "unreadable";
}

json::Value record_json(const TokenView& view) {
  json::Object object;
  object.set("state", state_of_record(view));
  const record::Record* record = record_in(view);
  if (record == nullptr) {
    if (!is_absent(view)) object.set("problem", problem_of_record(view));
    return object;
  }
  object.set("generation", record->generation);
  if (!record->current) return object;
  object.set("slot", record->current->slot);
  if (record->current->expires_at) object.set("expires_at", format_rfc3339(*record->current->expires_at));
  return object;
}

std::string slot_cell(const registry::SlotState* slot, Instant now) {
  if (slot == nullptr) return "empty";
  return slot->expires_at ? with_relative(slot->expires_at, now) : "never expires";
}

const char* status_of(const registry::TokenState& state) { return state.enabled ? "enabled" : "disabled"; }

}  // namespace

std::string record_line(const TokenView& view) {
  const record::Record* record = record_in(view);
  if (record == nullptr) return is_absent(view) ? "none" : problem_of_record(view);
  if (!record->current) return "not ready";
  return "generation " + std::to_string(record->generation) + ", " + record->current->slot;
}

json::Value token_json(const TokenView& view) {
  json::Array slots;
  for (const registry::SlotState& slot : view.state.slots) {
    json::Object object;
    object.set("slot", slot.name);
    object.set("created_at", format_rfc3339(slot.created_at));
    if (slot.expires_at) object.set("expires_at", format_rfc3339(*slot.expires_at));
    slots.push_back(std::move(object));
  }
  json::Object document;
  document.set("registry", view.name.registry);
  document.set("token", view.name.token);
  document.set("status", status_of(view.state));
  document.set("scope_map", view.state.scope_map);
  document.set("slots", std::move(slots));
  document.set("record", record_json(view));
  return document;
}

std::vector<std::string> token_cells(const TokenView& view, Instant now) {
  return {view.name.token,
          status_of(view.state),
          view.state.scope_map,
          slot_cell(view.state.slot(record::kPassword1), now),
          slot_cell(view.state.slot(record::kPassword2), now),
          record_line(view)};
}

std::string token_text(const TokenView& view, Instant now) {
  Table table;
  table.row({"token", view.name.display()});
  table.row({"status", status_of(view.state)});
  table.row({"scope map", view.state.scope_map});
  for (const char* name : {record::kPassword1, record::kPassword2}) {
    const registry::SlotState* slot = view.state.slot(name);
    const std::string made = slot == nullptr ? "" : ", made " + format_for_people(slot->created_at);
    table.row({name, slot_cell(slot, now) + made});
  }
  table.row({"record", record_line(view)});
  return table.text();
}

}  // namespace scoped::ctl
