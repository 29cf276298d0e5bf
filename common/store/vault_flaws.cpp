#include "common/store/vault_flaws.h"

#include "common/json/value.h"
#include "common/store/vault_answers.h"

#include <algorithm>
#include <set>

namespace scoped::store {
namespace {

constexpr json::Limits kLimits{.bytes = 1 << 20, .depth = 16, .values = 20'000, .comments = false};

bool holds(const json::Array& list, std::string_view word) {
  return std::any_of(list.begin(), list.end(),
                     [&](const json::Value& each) { return each.text() != nullptr && *each.text() == word; });
}

Flaw missing(const VaultNeed& need, const std::string& capability) {
  return {"the vault's policy does not allow '" + capability + "' on '" + need.path + "', " + need.why,
          "add to the policy: path \"" + need.path + "\" { capabilities = [\"" + capability + "\"] }"};
}

}  // namespace

std::vector<VaultNeed> vault_needs(const VaultPaths& paths, const record::RecordName& name, int version,
                                   bool rotates) {
  std::vector<VaultNeed> needs = {{paths.of(version == 1 ? "" : "data", name), {"read"}, "to pull"}};
  if (version == 1 || !rotates) return needs;
  needs.push_back({paths.of("data", name), {"create", "update"}, "to rotate"});
  needs.push_back(
      {paths.of("metadata", name), {"read"}, "to see whether the vault deletes passwords by itself"});
  needs.push_back({paths.of("metadata", name), {"create", "update"}, "to set 'cas_required'"});
  needs.push_back({paths.of("destroy", name), {"update"}, "to destroy passwords that have lapsed"});
  return needs;
}

std::string capabilities_question(const std::vector<VaultNeed>& needs) {
  std::set<std::string> asked;  // each once, since the answer has each once
  for (const VaultNeed& need : needs) asked.insert(need.path);
  std::string paths;
  for (const std::string& path : asked) paths += (paths.empty() ? "" : ",") + json::quote(path);
  return R"({"paths":[)" + paths + "]}";
}

Result<std::vector<Flaw>> flaws_of_capabilities(const std::vector<VaultNeed>& needs, std::string_view body) {
  const auto answer = json::parse(body, kLimits);
  std::vector<Flaw> flaws;
  for (const VaultNeed& need : needs) {
    const json::Value* allowed = answer ? answer->at({"data", need.path}) : nullptr;
    if (allowed == nullptr || allowed->array() == nullptr)
      return fail(ErrorCode::unavailable, "that is no answer of a vault: it does not say what is allowed");
    for (const std::string& capability : need.capabilities)
      if (!holds(*allowed->array(), capability) && !holds(*allowed->array(), "root"))
        flaws.push_back(missing(need, capability));
  }
  return flaws;
}

Result<std::vector<Flaw>> flaws_of_settings(const std::string& path, std::string_view body) {
  std::vector<Flaw> flaws;
  if (TRY(parse_deletes_versions(body)))
    flaws.push_back({"the vault deletes passwords by itself: '" + path + "' has a 'delete_version_after'",
                     "bao write " + path + " delete_version_after=0s"});
  const bool is_key = path.find("/metadata/") != std::string::npos;
  const auto answer = json::parse(body, kLimits);
  const json::Value* required = answer ? answer->at({"data", "cas_required"}) : nullptr;
  const bool is_set = required != nullptr && required->boolean() != nullptr && *required->boolean();
  if (is_key && !is_set)
    flaws.push_back({"a 'kv put' by hand would write over the record: '" + path + "' has no 'cas_required'",
                     "bao write " + path + " cas_required=true"});
  return flaws;
}

}  // namespace scoped::store
