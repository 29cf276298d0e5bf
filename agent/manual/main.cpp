// scoped-config-page: prints scoped-config(5). Run while building; not installed.
#include "agent/manual/config_page.h"

#include <stdio.h>

int main() {
  const std::string page = scoped::manual::config_page(SCOPED_VERSION);
  return fputs(page.c_str(), stdout) < 0 || fflush(stdout) != 0 ? 1 : 0;
}
