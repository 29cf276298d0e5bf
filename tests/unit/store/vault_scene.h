// A vault in memory behind a FakeTransport, with the answers of OpenBao 2.7, and a store on it. The real
// server is in tests/integration/vault.py.
#pragma once

#include "common/json/value.h"
#include "common/store/vault_kv.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/unit/store/contract.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace scoped::store::test {

using scoped::test::Answer;
using scoped::test::SentRequest;

// One KV mount called "secret".
class FakeVault {
 public:
  int version = 2;
  std::string type = "kv";
  std::string delete_version_after = "0s";
  bool cas_required = true;
  std::map<std::string, std::string> allowed = {};  // what capabilities-self says, as JSON; else root
  std::set<std::string> tokens = {"t1"};
  std::set<std::string> denied = {};  // beginnings of paths below /v1/ that the policy does not allow
  std::vector<Answer> next = {};      // given instead, in order
  int lose_writes = 0;                // done, and answered with 502

  Answer play(const SentRequest& request) {
    const std::lock_guard lock(mutex_);
    if (!next.empty()) {
      const Answer answer = next.front();
      next.erase(next.begin());
      return answer;
    }
    std::string path = request.url.substr(request.url.find("/v1/") + 4);
    const bool is_list = path.ends_with("?list=true");
    if (is_list) path.resize(path.size() - 10);
    if (!tokens.contains(request.header("X-Vault-Token"))) return refusal(403, "permission denied");
    if (path == "auth/token/lookup-self") return {200, R"({"data":{"ttl":3600,"renewable":true}})"};
    for (const std::string& each : denied)
      if (path.starts_with(each)) return refusal(403, "permission denied");
    if (path == "sys/capabilities-self") return capabilities(json::parse(request.body).value());
    if (path.starts_with("sys/internal/ui/mounts/")) return mount(path.substr(23));
    if (!path.starts_with("secret/"))
      return refusal(404, R"(no handler for route \")" + path + R"(\". route entry not found.)");
    const std::string inner = path.substr(7);
    if (version == 1) return plain(inner, is_list);
    return is_list ? list(inner.substr(inner.find('/') + 1), true) : versioned(request, inner);
  }

  void put(const std::string& key, const std::string& data) {
    const std::lock_guard lock(mutex_);
    keys_[key].push_back({data, false, false});
  }
  void soft_delete(const std::string& key) { keys_.at(key).back().deleted = true; }
  std::string latest(const std::string& key) { return keys_.at(key).back().data; }
  size_t count(const std::string& key) { return keys_.at(key).size(); }
  int destroyed(const std::string& key) {
    int number = 0;
    for (const Version& each : keys_.at(key)) number += each.destroyed;
    return number;
  }

 private:
  struct Version {
    std::string data;
    bool deleted = false;
    bool destroyed = false;
  };

  static Answer refusal(int status, const std::string& text) {
    return {status, text.empty() ? R"({"errors":[]})" : R"({"errors":[")" + text + R"("]})"};
  }

  Answer capabilities(const json::Value& question) const {
    std::string data;
    for (const json::Value& each : *question.at({"paths"})->array()) {
      const auto found = allowed.find(*each.text());
      data += (data.empty() ? "" : ",") + json::quote(*each.text()) + ":" +
              (found == allowed.end() ? R"(["root"])" : found->second);
    }
    return {200, R"({"data":{)" + data + "}}"};
  }

  Answer mount(const std::string& path) const {
    if (path != "secret")
      return refusal(403,
                     "preflight capability check returned 403, please ensure client's policies grant access");
    return {200, R"({"data":{"type":")" + type + R"(","path":"secret/","options":{"version":")" +
                     std::to_string(version) + R"("}}})"};
  }

  std::string metadata(size_t number, bool destroyed) const {
    const bool vanishes = delete_version_after != "0s";
    return R"({"created_time":"2026-01-01T00:00:00Z","custom_metadata":null,"deletion_time":")" +
           std::string(vanishes ? "2026-02-01T00:00:00Z" : "") + R"(","destroyed":)" +
           (destroyed ? "true" : "false") + R"(,"version":)" + std::to_string(number) + "}";
  }

  Answer versioned(const SentRequest& request, const std::string& inner) {
    const std::string area = inner.substr(0, inner.find('/'));
    const std::string key = net::percent_decode(inner.substr(inner.find('/') + 1)).value();
    if (area == "config" || (area == "metadata" && request.method == "GET"))
      return {200, R"({"data":{"cas_required":)" + std::string(cas_required ? "true" : "false") +
                       R"(,"delete_version_after":")" + delete_version_after + R"("}})"};
    if (area == "metadata") return {204, ""};
    if (area == "destroy") return destroy(key, json::parse(request.body).value());
    return request.method == "GET" ? read(key) : write(key, json::parse(request.body).value());
  }

  Answer read(const std::string& key) const {
    const auto found = keys_.find(key);
    if (found == keys_.end()) return refusal(404, "");
    const Version& last = found->second.back();
    const bool live = !last.deleted && !last.destroyed;
    return {live ? 200 : 404, R"({"data":{"data":)" + (live ? last.data : "null") + R"(,"metadata":)" +
                                  metadata(found->second.size(), last.destroyed) + "}}"};
  }

  Answer write(const std::string& key, const json::Value& body) {
    const int64_t cas = *body.at({"options", "cas"})->integer();
    const size_t latest = keys_.contains(key) ? keys_.at(key).size() : 0;
    if (cas != static_cast<int64_t>(latest))
      return refusal(400, "check-and-set parameter did not match the current version");
    keys_[key].push_back({json::dump(*body.at({"data"})), false, false});
    if (lose_writes > 0 && lose_writes--) return {502, "<html>bad gateway</html>"};
    return {200, R"({"data":)" + metadata(latest + 1, false) + "}"};
  }

  Answer destroy(const std::string& key, const json::Value& body) {
    std::vector<Version>& versions = keys_.at(key);
    for (const json::Value& each : *body.at({"versions"})->array()) {
      const auto number = static_cast<size_t>(*each.integer());
      if (number > versions.size()) continue;
      versions[number - 1] = {"", false, true};
    }
    return {204, ""};
  }

  // Deleted keys are listed too, as the vault does it.
  Answer list(const std::string& escaped, bool) const {
    const std::string folder = net::percent_decode(escaped).value();
    std::set<std::string> names;
    for (const auto& [key, versions] : keys_) {
      if (!key.starts_with(folder)) continue;
      const std::string rest = key.substr(folder.size());
      names.insert(rest.substr(0, std::min(rest.find('/'), rest.size() - 1) + 1));
    }
    if (names.empty()) return refusal(404, "");
    json::Array keys;
    for (const std::string& each : names) keys.push_back(each);
    return {200, R"({"data":{"keys":)" + json::dump(json::Value(std::move(keys))) + "}}"};
  }

  Answer plain(const std::string& inner, bool is_list) const {
    if (is_list) return list(inner, true);
    const auto found = keys_.find(net::percent_decode(inner).value());
    if (found == keys_.end()) return refusal(404, "");
    return {200, R"({"lease_duration":2764800,"data":)" + found->second.back().data + "}"};
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<Version>> keys_;
};

// Hands out `token`; a login gives `next_token`.
class FakeIdentity final : public net::Authorizer {
 public:
  std::string token = "t1";
  std::string next_token = "t1";
  std::atomic<int> refusals{0};

  Result<> authorize(net::Request& request) override {
    request.secret_headers.emplace_back("X-Vault-Token", Secret(token));
    return {};
  }
  void refused() override {
    ++refusals;
    token = next_token;
  }
  Result<net::Pinned> pin(std::chrono::seconds) override { return fail(ErrorCode::internal, "not here"); }
};

struct VaultScene {
  FakeVault vault;
  FakeIdentity identity;
  scoped::test::FakeTransport transport;
  SystemRandom random;
  scoped::test::FakeClock clock;
  std::map<std::string, std::string> variables = {};
  config::Typed settings;
  std::mutex mutex;  // the contract opens stores from several threads
  net::Site site;    // as the store asked for its identity
  std::atomic<int> waits{0};
  record::RecordName name{"r.azurecr.io", "ci-main"};
  const std::string key = "tokens/r.azurecr.io/ci-main";

  VaultScene() {
    settings.name = "corp";
    settings.type = "vault";
    settings.values = {{"address", "https://vault:8200"},
                       {"mount", "secret"},
                       {"prefix", "tokens"},
                       {"identity", "host"},
                       {"kv_version", "detect"}};
    transport.handle([this](const SentRequest& request) -> Result<Answer> { return vault.play(request); });
  }

  Result<std::unique_ptr<RecordStore>> try_to_open() {
    const FixedEnvironment environment(variables);
    return open_store(settings, context(environment));
  }
  std::unique_ptr<RecordStore> open() { return try_to_open().value(); }
  Context context(const Environment& environment) {
    return {environment,
            clock,
            random,
            [this]() -> Result<net::Transport*> { return &transport; },
            [this](const std::string&, const net::Site& wanted) -> Result<net::Authorizer*> {
              const std::lock_guard lock(mutex);
              site = wanted;
              return &identity;
            },
            [this](std::chrono::milliseconds) { return ++waits > 0; }};
  }
  void save_one() { REQUIRE(open()->save(name, sample(name), Revision())); }
  // The state and line of a load when the vault answers so, again and again.
  std::string said_after(const Answer& answer) {
    vault.next.assign(9, answer);
    auto store = open();
    const LoadResult loaded = store->load(name);
    vault.next.clear();
    return std::string(name_of(loaded.state)) + (loaded.why ? ": " + loaded.why->line() : "");
  }
  std::string said() {
    const LoadResult loaded = open()->load(name);
    return std::string(name_of(loaded.state)) + (loaded.why ? ": " + loaded.why->line() : "");
  }
};

}  // namespace scoped::store::test
