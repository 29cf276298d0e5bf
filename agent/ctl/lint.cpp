#include "agent/policy/lint.h"

#include "agent/ctl/colour.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/help.h"
#include "agent/ctl/observe_registry.h"
#include "agent/ctl/targets.h"
#include "agent/policy/lint_report.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {
    {.name = "level",
     .value = "LEVEL",
     .help =
         "The least that counts: 'note', 'warning' (the default) or 'error'; lesser findings are not shown.",
     .choices = "note|warning|error"},
    kRegistryFlag,
    {.name = "output",
     .letter = 'o',
     .value = "FORMAT",
     .help = "How the answer is printed: 'table' for people, 'json' or 'tsv' for programs, 'sarif' for code "
             "hosts.",
     .choices = "table|json|tsv|sarif"},
};
constexpr ExitNote kExits[] = {{Exit::findings, "there are findings of that level or above"}};

std::string level_cell(policy::Level level, bool colour) {
  std::string cell(policy::name_of(level));
  cell.resize(9, ' ');
  if (!colour || level == policy::Level::note) return cell;
  return std::string(level == policy::Level::error ? kRed : kYellow) + cell + std::string(kPlain);
}

// A finding and its remedy are sentences: two lines, never cut.
std::string text_of(const policy::Findings& findings, bool colour) {
  if (findings.empty()) return "nothing to remark";
  std::string text;
  for (const policy::Finding& finding : findings)
    text += level_cell(finding.level, colour) + harmless(finding.object + ": " + finding.message) + "\n" +
            std::string(9, ' ') + harmless(finding.remedy) + "\n";
  return text + std::to_string(findings.size()) + (findings.size() == 1 ? " finding" : " findings");
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const policy::Level least = policy::parse_level(run.options.optional("level").value_or("warning"));
  const policy::Observed observed = TRY(observe_registry(run, *registry, {true, true, true, true}));
  policy::Findings findings = policy::lint(observed, {});
  std::erase_if(findings, [least](const policy::Finding& finding) { return finding.level < least; });
  const json::Value document = run.options.optional("output") == "sarif"
                                   ? policy::findings_sarif(findings, registry->host, version())
                                   : policy::findings_json(findings);
  run.answer(document, text_of(findings, run.wants_colour()));
  return findings.empty() ? Exit::ok : Exit::findings;
}

}  // namespace

const Command rows::lint = {
    .words = "lint",
    .summary = "Find what is unwise about a registry's tokens, with the remedy",
    .about =
        R"(Reads the registry, its scope maps and tokens, the records in the store, the list of repositories,
and where a workspace is configured the log of logins. Nothing is changed. It looks for

  error    the admin user or anonymous pull being on, passwords that never expire, '*' with write
  warning  forgotten second passwords, one scope map for several that write, wildcards in use,
           content/write without content/read, tokens that are not used or that no file names,
           passwords that live longer than configured, an outsider's password that ends
  note     scope maps that no token uses, repositories that do not exist

Each finding comes with what to do about it. For a pipeline: '-o sarif', and the exit code.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl lint
scopedctl lint --level error --registry myregistry
scopedctl lint -o sarif > findings.sarif

scopedctl lint -o json
# {"findings": [{"rule": "never-expires", "level": "error", "object": "tokens/partner-token",
#   "message": "password2 never expires", "remedy": "'scopedctl import myregistry.azurecr.io ..."}]})",
    .exits = kExits,
    .run = &run,
};

}  // namespace scoped::ctl
