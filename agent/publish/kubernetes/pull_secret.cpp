#include "agent/publish/kubernetes/pull_secret.h"

#include "agent/publish/login_document.h"
#include "common/crypto/digest.h"

#include <algorithm>

namespace scoped::publish::kubernetes {
namespace {

constexpr std::string_view kKey = ".dockerconfigjson";
constexpr std::string_view kField = "f:.dockerconfigjson";
constexpr std::string_view kGenerations = "docker-credential-scoped/generations";
constexpr std::string_view kManagedBy = "app.kubernetes.io/managed-by";
constexpr json::Limits kLimits{.bytes = 256 << 10, .depth = 4, .values = 10'000};

std::string text_at(const json::Value& object, std::initializer_list<std::string_view> path) {
  const json::Value* found = object.at(path);
  return found != nullptr && found->text() != nullptr ? *found->text() : std::string();
}

Result<Secret> read_document(const json::Value& object) {
  const json::Value* encoded = object.at({"data", kKey});
  if (encoded == nullptr || encoded->text() == nullptr) return Secret();
  std::string decoded = TRY(crypto::parse_base64(*encoded->text()));
  return Secret::take(std::move(decoded));
}

std::map<std::string, int64_t> read_generations(const json::Value& object) {
  std::map<std::string, int64_t> generations;
  const auto document = json::parse(text_at(object, {"metadata", "annotations", kGenerations}), kLimits);
  if (!document || document->object() == nullptr) return generations;
  for (const json::Member& each : document->object()->members())
    if (each.value.integer() != nullptr) generations[each.key] = *each.value.integer();
  return generations;
}

std::vector<std::string> read_owners(const json::Value& object) {
  std::vector<std::string> owners;
  const json::Value* managed = object.at({"metadata", "managedFields"});
  if (managed == nullptr || managed->array() == nullptr) return owners;
  for (const json::Value& each : *managed->array()) {
    const std::string manager = text_at(each, {"manager"});
    const json::Value* data = each.at({"fieldsV1", "f:data"});
    if (manager == kManager || data == nullptr || data->object() == nullptr) continue;
    if (data->object()->find(kField) != nullptr) owners.push_back(manager);
  }
  return owners;
}

std::string place_of(const Wanted& wanted) { return "secret '" + wanted.space + "/" + wanted.name + "'"; }

// As a person would type it.
std::string kubectl(const std::string& verb, const Wanted& wanted) {
  return "'kubectl " + verb + " secret " + wanted.name + " -n " + wanted.space + "'";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

Result<> check_kind(const PullSecret& found, const Wanted& wanted) {
  if (found.type != kPullSecretType)
    return fail(ErrorCode::invalid_input,
                place_of(wanted) + " is of type '" + found.type +
                    "', which is fixed, and a pull secret is '" + std::string(kPullSecretType) +
                    "': set another 'secret', or run " + kubectl("delete", wanted) + " and it is made anew");
  if (found.immutable)
    return fail(ErrorCode::invalid_input, place_of(wanted) +
                                              " is immutable, so that no password in it can be "
                                              "replaced: run " +
                                              kubectl("delete", wanted) + " and it is made anew");
  return {};
}

Result<> check_generation(const PullSecret& found, const Login& login, const Wanted& wanted) {
  const auto there = found.generations.find(login.token.display());
  if (there == found.generations.end() || there->second <= login.generation) return {};
  return fail(ErrorCode::conflict, place_of(wanted) + " holds generation " + std::to_string(there->second) +
                                       " of '" + login.token.display() + "' and the store " +
                                       std::to_string(login.generation) +
                                       ": another agent is ahead; if the store was restored, run " +
                                       kubectl("delete", wanted) + " and it is made anew");
}

Result<> check_owners(const std::vector<std::string>& owners, const Wanted& wanted) {
  if (owners.empty()) return {};
  return fail(ErrorCode::conflict,
              place_of(wanted) + " is kept by " + joined(owners) +
                  ", so it is left alone: name the managers in 'take_from' if they shall "
                  "give way, or set another 'secret'");
}

std::vector<std::string> staying(const std::vector<std::string>& owners, const Wanted& wanted) {
  std::vector<std::string> stay;
  for (const std::string& owner : owners)
    if (std::find(wanted.take_from.begin(), wanted.take_from.end(), owner) == wanted.take_from.end())
      stay.push_back(owner);
  return stay;
}

Secret body_of(const PullSecret* found, const Login& login, const Wanted& wanted, std::string_view document) {
  json::Object generations;
  if (found != nullptr)
    for (const auto& [token, generation] : found->generations) generations.set(token, generation);
  generations.set(login.token.display(), login.generation);
  json::Object labels, annotations, metadata, data, object;
  labels.set(std::string(kManagedBy), kManager);
  annotations.set(std::string(kGenerations), json::dump(json::Value(std::move(generations))));
  metadata.set("name", wanted.name);
  metadata.set("namespace", wanted.space);
  if (found != nullptr) metadata.set("resourceVersion", found->version);  // what the merge was made from
  metadata.set("labels", std::move(labels));
  metadata.set("annotations", std::move(annotations));
  data.set(std::string(kKey), crypto::base64(document));
  object.set("apiVersion", "v1");
  object.set("kind", "Secret");
  object.set("metadata", std::move(metadata));
  object.set("type", kPullSecretType);
  object.set("data", std::move(data));
  return Secret::take(json::dump(json::Value(std::move(object))));
}

bool tells_generation(const PullSecret& found, const Login& login) {
  const auto there = found.generations.find(login.token.display());
  return there != found.generations.end() && there->second == login.generation;
}

}  // namespace

Result<PullSecret> read_pull_secret(const json::Value& object) {
  PullSecret secret;
  secret.space = text_at(object, {"metadata", "namespace"});
  secret.name = text_at(object, {"metadata", "name"});
  secret.version = text_at(object, {"metadata", "resourceVersion"});
  secret.type = text_at(object, {"type"});
  if (secret.name.empty() || secret.version.empty())
    return fail(ErrorCode::corrupt, "the API server's answer is no secret");
  const json::Value* immutable = object.at({"immutable"});
  secret.immutable = immutable != nullptr && immutable->boolean() != nullptr && *immutable->boolean();
  auto document = read_document(object);
  if (!document)
    return fail(ErrorCode::corrupt, "secret '" + secret.space + "/" + secret.name + "' is no base64");
  secret.document = std::move(*document);
  secret.generations = read_generations(object);
  secret.owners = read_owners(object);
  return secret;
}

Result<std::optional<Change>> plan_change(const PullSecret* found, const Login& login, const Wanted& wanted) {
  if (found != nullptr) TRY(check_kind(*found, wanted));
  if (found != nullptr) TRY(check_generation(*found, login, wanted));
  const std::string_view before = found == nullptr ? std::string_view() : found->document.reveal();
  auto after = put_login(before, login);
  if (!after)
    return fail(std::move(after).error().within(place_of(wanted) + " holds no document of logins: run " +
                                                kubectl("delete", wanted) + " and it is made anew"));
  const bool is_there = !*after;
  if (is_there && found != nullptr && tells_generation(*found, login)) return std::optional<Change>();
  const std::vector<std::string> owners = found == nullptr ? std::vector<std::string>() : found->owners;
  // The login is right and another keeps it: the generation is not worth a quarrel.
  if (is_there && !owners.empty()) return std::optional<Change>();
  TRY(check_owners(staying(owners, wanted), wanted));
  return std::optional(
      Change{body_of(found, login, wanted, is_there ? before : (*after)->reveal()), !owners.empty()});
}

}  // namespace scoped::publish::kubernetes
