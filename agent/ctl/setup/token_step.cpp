// Brings the token in, unless its record is there.
#include "agent/ctl/setup/step.h"
#include "common/store/types.h"

namespace scoped::ctl {
namespace {

Result<std::string> plan(const Situation& situation) {
  if (situation.registry() != nullptr) {
    const auto store = situation.run.parts.store_of(situation.name.registry);
    if (store) {
      const store::LoadResult loaded = (*store)->load(situation.name);
      if (loaded.found && loaded.found->record.current) return std::string();
    }
  }
  return "import the token '" + situation.name.token + "'";
}

Result<json::Object> act(const Situation& situation) {
  std::vector<std::string> arguments{"import", situation.name.registry, situation.name.token};
  if (const auto slot = situation.run.options.optional("free-slot")) {
    arguments.push_back("--free-slot");
    arguments.push_back(*slot);
  }
  TRY(situation.command(std::move(arguments)));
  return json::Object();
}

Result<std::string> undo(const Situation& situation, const json::Object&) {
  if (situation.registry() == nullptr)
    return "the record of '" + situation.name.display() + "' is left alone";
  store::RecordStore* store = TRY(situation.run.parts.store_of(situation.name.registry));
  TRY(store->erase(situation.name));
  return "erased the record of '" + situation.name.display() +
         "'; the password that was made stays good until it expires, or is deleted in the registry";
}

}  // namespace

const Step rows::token_step = {"token", &plan, &act, &undo};

}  // namespace scoped::ctl
