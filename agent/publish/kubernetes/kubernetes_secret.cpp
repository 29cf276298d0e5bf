// A pull secret in one or more namespaces of a cluster, kept by server-side apply: what others put beside our
// logins in it stays. Several agents may keep the same one.
#include "agent/publish/kubernetes/client.h"

#include <algorithm>
#include <array>

namespace scoped::publish {
namespace {

using config::Kind;
using config::Setting;
using kubernetes::Change;
using kubernetes::Client;
using kubernetes::PullSecret;
using kubernetes::Wanted;

constexpr int kTries = 3;  // of one secret that others write at the same time

constexpr std::array kSettings = {
    Setting{.name = "token",
            .kind = Kind::token,
            .required = true,
            .doc = "The token whose current password stands there."},
    Setting{.name = "secret",
            .kind = Kind::text,
            .required = true,
            .doc = "Name of the secret, of type kubernetes.io/dockerconfigjson; made where there is none."},
    Setting{.name = "namespaces", .kind = Kind::text_list, .doc = "The namespaces that have it, by name."},
    Setting{.name = "namespace_selector",
            .kind = Kind::text,
            .doc = "Or by label, such as \"team=blue\"; those that come later get it at the next look."},
    Setting{.name = "take_from",
            .kind = Kind::text_list,
            .doc =
                "Field managers that give way if the secret is theirs, such as \"kubectl-create\"; without "
                "it their secret is left alone, and said so."},
    Setting{.name = "kubeconfig",
            .kind = Kind::path,
            .doc = "How the cluster is reached from outside; without it as a pod's service account."},
    Setting{.name = "context", .kind = Kind::text, .doc = "Of the kubeconfig; without it its current one."},
    Setting{.name = "service_account",
            .kind = Kind::path,
            .default_text = "/var/run/secrets/kubernetes.io/serviceaccount",
            .doc = "Folder with a pod's token and ca.crt."},
};

class KubernetesSecret final : public Publisher {
 public:
  KubernetesSecret(const config::Typed& settings, Client client)
      : name_(settings.text("secret")),
        selector_(settings.text_or("namespace_selector", "")),
        namespaces_(settings.has("namespaces") ? settings.list("namespaces") : std::vector<std::string>()),
        take_from_(settings.has("take_from") ? settings.list("take_from") : std::vector<std::string>()),
        client_(std::move(client)) {}

  Result<std::vector<Consumer>> publish(const Login& login) override {
    return selector_.empty() ? in_named(login) : in_selected(login);
  }

 private:
  Result<std::vector<Consumer>> in_named(const Login& login);
  Result<std::vector<Consumer>> in_selected(const Login& login);
  Wanted wanted_in(const std::string& space) const { return {space, name_, take_from_}; }
  Result<bool> bring(const Wanted& wanted, const Login& login, const PullSecret* seen, bool is_seen);

  const std::string name_, selector_;
  const std::vector<std::string> namespaces_, take_from_;
  Client client_;
};

Consumer consumer_of(const Wanted& wanted, Result<bool> brought) {
  Consumer consumer{wanted.space + "/" + wanted.name, brought.value_or(false), std::nullopt};
  if (!brought) consumer.problem = std::move(brought).error();
  return consumer;
}

// What a service account of some namespaces may do: look at each.
Result<std::vector<Consumer>> KubernetesSecret::in_named(const Login& login) {
  std::vector<Consumer> consumers;
  for (const std::string& space : namespaces_)
    consumers.push_back(consumer_of(wanted_in(space), bring(wanted_in(space), login, nullptr, false)));
  return consumers;
}

// Two lists, and one request more for each namespace that has an older password.
Result<std::vector<Consumer>> KubernetesSecret::in_selected(const Login& login) {
  const std::vector<std::string> spaces = TRY(client_.namespaces(selector_));
  const std::map<std::string, PullSecret> found = TRY(client_.secrets_named(name_));
  std::vector<Consumer> consumers;
  for (const std::string& space : spaces) {
    const auto there = found.find(space);
    const PullSecret* seen = there == found.end() ? nullptr : &there->second;
    consumers.push_back(consumer_of(wanted_in(space), bring(wanted_in(space), login, seen, true)));
  }
  return consumers;
}

// True: it was changed. What others changed between look and write is looked at again.
Result<bool> KubernetesSecret::bring(const Wanted& wanted, const Login& login, const PullSecret* seen,
                                     bool is_seen) {
  std::optional<PullSecret> now;
  for (int tries = 1;; ++tries) {
    if (!is_seen || tries > 1) {
      now = TRY(client_.secret(wanted));
      seen = now ? &*now : nullptr;
    }
    const std::optional<Change> change = TRY(kubernetes::plan_change(seen, login, wanted));
    if (!change) return tries > 1;
    auto applied = client_.apply(wanted, *change);
    if (applied) return true;
    if (applied.error().code() != ErrorCode::conflict || tries == kTries)
      return fail(std::move(applied).error());
  }
}

bool is_name(std::string_view text, std::string_view others, size_t longest) {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [others](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

Result<> check(const config::Typed& settings) {
  const auto wrong = [](std::string line) { return fail(ErrorCode::configuration, std::move(line)); };
  const bool by_name = settings.has("namespaces") && !settings.list("namespaces").empty();
  if (by_name == settings.has("namespace_selector"))
    return wrong("set either 'namespaces' or 'namespace_selector'");
  if (!is_name(settings.text("secret"), "-.", 253))
    return wrong("'secret' is no name that Kubernetes takes: small letters, digits, '-' and '.'");
  if (by_name)
    for (const std::string& space : settings.list("namespaces"))
      if (!is_name(space, "-", 63))
        return wrong("'" + space +
                     "' in 'namespaces' is no name that Kubernetes takes: small letters, digits "
                     "and '-'");
  if (settings.has("context") && !settings.has("kubeconfig")) return wrong("'context' needs 'kubeconfig'");
  return {};
}

std::unique_ptr<kubernetes::Access> access_of(const config::Typed& settings, const Context& context) {
  if (settings.has("kubeconfig"))
    return kubernetes::of_kubeconfig(context.environment, context.clock, settings.text("kubeconfig"),
                                     settings.text_or("context", ""));
  return kubernetes::in_cluster(context.environment, settings.text("service_account"));
}

// What a selector selects is not known here.
bool meet(const config::Typed& one, const config::Typed& other) {
  for (const char* key : {"secret", "kubeconfig", "context"})
    if (one.text_or(key, "") != other.text_or(key, "")) return false;
  if (!one.has("namespaces") || !other.has("namespaces")) return true;
  const auto &ours = one.list("namespaces"), &theirs = other.list("namespaces");
  return std::any_of(ours.begin(), ours.end(), [&theirs](const std::string& each) {
    return std::find(theirs.begin(), theirs.end(), each) != theirs.end();
  });
}

Result<std::unique_ptr<Publisher>> make(const config::Typed& settings, const Context& context) {
  TRY(check(settings));
  return std::make_unique<KubernetesSecret>(
      settings, Client(access_of(settings, context), context.transport, context.clock));
}

}  // namespace

const Type rows::kubernetes_secret = {
    .name = "kubernetes_secret",
    .doc =
        "A login in a pull secret of Kubernetes ('imagePullSecrets'), in one or more namespaces; made anew "
        "if somebody deletes it. Other registries' logins in it stay.",
    .settings = kSettings,
    .shared = true,
    .meet = &meet,
    .make = &make,
};

}  // namespace scoped::publish
