#include "common/answer/explanation.h"

#include "common/answer/rules.h"

#include <algorithm>
#include <tuple>

namespace scoped::answer {
namespace {

Candidate candidate_of(const Question& question, const Decision& decision, const std::string& token) {
  Candidate candidate{token, std::nullopt, ""};
  if (!question.on_host())
    if (const auto fit = question.fit_of(token)) candidate.pattern = *fit->pattern;
  const auto* selected = std::get_if<Selected>(&decision.selection);
  if (selected != nullptr && selected->name.token == token) return candidate;
  candidate.lost = question.may_use(token) ? decision.rule->lost(question, token) : Lost::not_allowed;
  return candidate;
}

// Of two that lost for the same reason, the one with the longer pattern was closer.
auto distance(const Candidate& candidate) {
  return std::tuple(candidate.lost ? 1 + static_cast<int>(*candidate.lost) : 0,
                    -static_cast<std::ptrdiff_t>(candidate.pattern.size()),
                    std::string_view(candidate.token));
}

}  // namespace

std::string_view name_of(Lost lost) {
  switch (lost) {
    case Lost::tied:
      return "tied";
    case Lost::ambiguous:
      return "ambiguous";
    case Lost::shorter:
      return "shorter";
    case Lost::not_allowed:
      return "not_allowed";
    case Lost::not_named:
      return "not_named";
    case Lost::not_default:
      return "not_default";
    case Lost::no_pattern:
      break;
  }
  return "no_pattern";
}

Explanation explain(const config::Config& configuration, const Permissions& permissions, const Caller& caller,
                    const std::string& profile, const protocol::Key& key) {
  const Question question(configuration, permissions, caller, profile, key);
  Decision decision = decide(question);
  Explanation explanation;
  explanation.rule = decision.rule->name;
  explanation.because = decision.rule->because;
  explanation.registry = question.registry();
  if (explanation.registry != nullptr)
    for (const auto& [token, settings] : explanation.registry->tokens)
      explanation.candidates.push_back(candidate_of(question, decision, token));
  std::sort(explanation.candidates.begin(), explanation.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return distance(a) < distance(b); });
  explanation.selection = std::move(decision.selection);
  return explanation;
}

std::string summary_of(const Explanation& explanation) {
  const std::string rule = "rule " + std::string(explanation.rule);
  if (const auto* selected = std::get_if<Selected>(&explanation.selection)) {
    const std::string& pattern = explanation.candidates.front().pattern;
    const bool by_pattern = explanation.rule == "longest_pattern";
    return rule + " chose token '" + selected->name.token + "'" +
           (by_pattern ? " (pattern '" + pattern + "')" : "");
  }
  if (const auto* refused = std::get_if<Refused>(&explanation.selection))
    return rule + ": refused: " + refused->why;
  return rule + (std::holds_alternative<NotMine>(explanation.selection) ? ": not mine" : ": not found");
}

}  // namespace scoped::answer
