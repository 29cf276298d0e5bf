#include "agent/ctl/explanation_view.h"

#include "agent/ctl/table.h"
#include "common/protocol/texts.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

using answer::Candidate;
using answer::Lost;

constexpr size_t kMostShown = 20;

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string place_of(const config::Origin& origin) {
  return origin.file.empty() ? "" : origin.file + ":" + std::to_string(origin.line);
}

struct AnswerRow {
  std::string_view kind;
  std::string text;   // what the helper prints; of a token: its name
  std::string shown;  // the same for people
};

AnswerRow answer_of(const ExplanationView& view) {
  const answer::Selection& selection = view.explanation.selection;
  const std::string nothing(protocol::kNotFound);
  if (view.read) {
    if (const auto* selected = std::get_if<answer::Selected>(&selection))
      return {"token", selected->name.token, "the password of token " + in_quotes(selected->name.token)};
    if (const auto* refused = std::get_if<answer::Refused>(&selection))
      return {"refused", refused->why, "refused: " + refused->why};
    if (std::holds_alternative<answer::NotFound>(selection))
      return {"not_found", nothing,
              nothing + " (a client then asks for " + in_quotes(view.read->registry) + ")"};
  }
  return {"not_mine", nothing, "NOT_MINE: what 'docker login' saved for it, else: " + nothing};
}

std::string reason_of(const ExplanationView& view, const Candidate& candidate) {
  const config::Token& token = view.explanation.registry->tokens.at(candidate.token);
  if (!candidate.lost) return std::string(view.explanation.because);
  switch (*candidate.lost) {
    case Lost::tied:
      return "another token's pattern is as long: make one of them longer";
    case Lost::ambiguous:
      return "nothing prefers it to the others: name it in a profile or as default_token";
    case Lost::shorter:
      return "another token's pattern is longer";
    case Lost::not_allowed:
      return token.allow_given
                 ? "its 'allow' names neither " + in_quotes(view.user) + " nor a group of theirs"
                 : "it has no 'allow' and is not the default_token";
    case Lost::not_named:
      return view.profile.empty() ? "another one was chosen"
                                  : "profile " + in_quotes(view.profile) + " does not name it";
    case Lost::not_default:
      return "another token is the default_token";
    case Lost::no_pattern:
      break;
  }
  return "no pattern of it covers " + in_quotes(view.read->repository);
}

std::string profile_text(const ExplanationView& view) {
  return view.profile.empty() ? "none" : in_quotes(view.profile) + " (" + view.profile_from + ")";
}

std::string read_text(const ExplanationView& view) {
  if (!view.read) return "no registry: only a login saved under this very text can answer";
  const std::string registry = "registry " + in_quotes(view.read->registry);
  return view.read->repository.empty() ? registry
                                       : registry + ", repository " + in_quotes(view.read->repository);
}

std::string configured_text(const ExplanationView& view) {
  const config::Registry* registry = view.explanation.registry;
  if (registry == nullptr) return "nowhere";
  return place_of(registry->origin) + (registry->origin.system ? " (the system's)" : " (a user's own)");
}

std::string candidates_text(const ExplanationView& view) {
  const auto& candidates = view.explanation.candidates;
  if (candidates.empty()) return "";
  Table table({"TOKEN", "OUTCOME", "PATTERN", "CONFIGURED AT", "WHY"});
  for (size_t i = 0; i < std::min(candidates.size(), kMostShown); ++i) {
    const Candidate& each = candidates[i];
    table.row({each.token, each.lost ? std::string(answer::name_of(*each.lost)) : "chosen", each.pattern,
               place_of(view.explanation.registry->tokens.at(each.token).origin), reason_of(view, each)});
  }
  std::string text = "\n" + table.text();
  if (candidates.size() > kMostShown)
    text += "and " + std::to_string(candidates.size() - kMostShown) + " more: see them with -o json\n";
  return text;
}

json::Value candidate_json(const ExplanationView& view, const Candidate& candidate) {
  json::Object object;
  object.set("token", candidate.token);
  object.set("chosen", !candidate.lost);
  if (candidate.lost) object.set("reason", answer::name_of(*candidate.lost));
  if (!candidate.pattern.empty()) object.set("pattern", candidate.pattern);
  object.set("configured_at", place_of(view.explanation.registry->tokens.at(candidate.token).origin));
  return object;
}

}  // namespace

json::Value explanation_json(const ExplanationView& view) {
  json::Object document;
  document.set("key", view.key);
  if (view.read) document.set("registry", view.read->registry);
  if (view.read) document.set("repository", view.read->repository);
  document.set("profile", view.profile);
  document.set("user", view.user);
  document.set("uid", static_cast<uint64_t>(view.uid));
  if (view.explanation.registry != nullptr)
    document.set("configured_at", place_of(view.explanation.registry->origin));
  if (view.read) document.set("rule", view.explanation.rule);
  if (view.read) document.set("because", view.explanation.because);
  const AnswerRow row = answer_of(view);
  json::Object answer;
  answer.set("kind", row.kind);
  answer.set(row.kind == "token" ? "token" : "text", row.text);
  document.set("answer", std::move(answer));
  json::Array tokens;
  for (const Candidate& each : view.explanation.candidates) tokens.push_back(candidate_json(view, each));
  document.set("tokens", std::move(tokens));
  if (!view.note.empty()) document.set("note", view.note);
  return document;
}

std::string explanation_text(const ExplanationView& view) {
  Table table;
  table.row({"key", in_quotes(view.key)});
  table.row({"read as", read_text(view)});
  table.row({"profile", profile_text(view)});
  table.row({"user", in_quotes(view.user) + " (uid " + std::to_string(view.uid) + ")"});
  table.row({"configured at", configured_text(view)});
  if (view.read)
    table.row(
        {"decided by", std::string(view.explanation.rule) + ": " + std::string(view.explanation.because)});
  table.row({"answer", answer_of(view).shown});
  if (!view.note.empty()) table.row({"note", view.note});
  return table.text() + candidates_text(view);
}

}  // namespace scoped::ctl
