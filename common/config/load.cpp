#include "common/config/load.h"

#include "common/config/copies.h"
#include "common/config/draft.h"
#include "common/config/files.h"
#include "common/config/rows.h"

namespace scoped::config {
namespace {

Draft start_draft() {
  Draft draft;
  draft.config.copies = built_in_copies();
  return draft;
}

std::set<std::string> default_duties() {
  for (const Setting& row : agent_rows()) {
    if (row.name != "duties") continue;
    const auto duties = std::get<std::vector<std::string>>(default_value(row));
    return {duties.begin(), duties.end()};
  }
  return {};
}

Loaded finish(Draft draft, const Catalog& catalog, Report& report) {
  validate(draft, catalog, report);
  if (report.size() != 0) return {std::nullopt, report.take()};
  Config& config = draft.config;
  if (!draft.duties_given) config.agent.duties = default_duties();
  return {std::move(config), {}};
}

void read_text(const Text& text, Draft& draft, const Catalog& catalog, Report& report) {
  draft.config.files.push_back(text.file);
  report.open_file(text.file, text.system);
  read_document(text.text, draft, catalog, report);
}

}  // namespace

Loaded parse_config(const std::vector<Text>& texts, const Environment&, const Catalog& catalog) {
  Draft draft = start_draft();
  Report report;
  for (const Text& text : texts) read_text(text, draft, catalog, report);
  return finish(std::move(draft), catalog, report);
}

Loaded load_config(const Selection& selection, const Environment& environment, const Catalog& catalog) {
  Draft draft = start_draft();
  Report report;
  for (const FileToRead& file : find_files(selection, environment)) {
    auto text = file.problem.empty() ? read_config_file(file, environment)
                                     : fail(ErrorCode::configuration, file.problem);
    if (text && !*text) continue;  // not there
    if (text) {
      read_text({file.path, std::move(**text), file.system}, draft, catalog, report);
      continue;
    }
    report.open_file(file.path, file.system);
    report.add(0, text.error().line());
    draft.incomplete = true;
  }
  return finish(std::move(draft), catalog, report);
}

}  // namespace scoped::config
