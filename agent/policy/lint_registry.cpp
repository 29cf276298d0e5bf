// Findings about the registry as a whole.
#include "agent/policy/lint.h"

namespace scoped::policy {

void find_registry_wide(const Observed& o, const LintSettings&, Findings& findings) {
  if (!o.registry.admin_enabled) return;
  findings.push_back(
      {"", Level::error, "registry",
       "the admin user is on: whoever has its password may push and pull everywhere, and no log "
       "tells who it was",
       "see with 'scopedctl suggest' what its users do, give them tokens, then 'az acr update -n " +
           o.registry.name + " --admin-enabled false'",
       o.written->origin});
}

void find_anonymous_pull(const Observed& o, const LintSettings&, Findings& findings) {
  if (!o.registry.anonymous_pull) return;
  findings.push_back({"", Level::error, "registry", "whoever reaches the registry may pull every repository",
                      "'az acr update -n " + o.registry.name + " --anonymous-pull-enabled false'",
                      o.written->origin});
}

}  // namespace scoped::policy
