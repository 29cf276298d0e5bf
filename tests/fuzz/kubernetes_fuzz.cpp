// links: publish
// What comes from a cluster or its kubeconfig: a secret, a kubeconfig made JSON, a program's credentials.
// Whatever is planned for a secret is a document in which the login stands.
#include "agent/publish/kubernetes/kubeconfig.h"
#include "agent/publish/kubernetes/pull_secret.h"
#include "agent/publish/login_document.h"
#include "common/crypto/digest.h"

#include <stdint.h>
#include <stdlib.h>

namespace {

using namespace scoped;
using namespace scoped::publish;
using namespace scoped::publish::kubernetes;

void try_secret(std::string_view text) {
  const auto document = json::parse(text);
  if (!document) return;
  const auto secret = read_pull_secret(*document);
  if (!secret) return;
  const Login login{{"r.io", "blue"}, 3, "blue", Secret("secret")};
  const auto change = plan_change(&*secret, login, {"team", "pull", {"kubectl-create"}});
  if (!change || !*change) return;
  const json::Value body = json::parse((*change)->body.reveal()).value();
  const auto decoded = crypto::parse_base64(*body.at({"data", ".dockerconfigjson"})->text());
  const auto again = put_login(decoded.value(), login);
  if (!again || *again) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_secret(text);
  if (const auto config = parse_kubeconfig(text, ""); config && config->plugin)
    (void)plugin_request(*config->plugin, *config);
  Plugin plugin;
  plugin.api_version = "client.authentication.k8s.io/v1";
  if (const auto answer = parse_plugin_answer(text, plugin);
      answer && answer->token.empty() && answer->certificate.empty())
    abort();
  return 0;
}
