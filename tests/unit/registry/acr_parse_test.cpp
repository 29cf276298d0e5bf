// Not tested here: JSON's own grammar and bounds (tests/unit/json).
#include "agent/registry/acr_parse.h"

#include "tests/support/catch.h"

namespace scoped::registry {
namespace {

const std::string kPassword = "uV8/n+K3qWm0Zt5yHs7Lx2Rb9Jd4Fc6Gp1Ae8Tk3Yw";

Instant at(const char* text) { return parse_rfc3339(text).value(); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t place = text.find(from);
  REQUIRE(place != std::string::npos);
  return text.replace(place, from.size(), to);
}

// As text, for one comparison.
std::string shown(const TokenState& token) {
  std::string text =
      token.name + " " + token.scope_map + (token.enabled ? " enabled " : " disabled ") + token.provisioning;
  for (const SlotState& slot : token.slots)
    text += " | " + slot.name + " " + format_rfc3339(slot.created_at) + " " +
            (slot.expires_at ? format_rfc3339(*slot.expires_at) : "never");
  return text;
}

template <typename T>
std::string failure(const Result<T>& result) {
  if (result) return "it is accepted";
  CHECK(result.error().line().find(kPassword) == std::string::npos);
  return std::string(name_of(result.error().code())) + ": " + result.error().line();
}

const std::string kToken = R"({
  "type": "Microsoft.ContainerRegistry/registries/tokens",
  "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/myRegistry/tokens/ci-main",
  "name": "ci-main",
  "systemData": {"createdBy": "x", "createdAt": "2026-01-01T00:00:00.1234567+00:00"},
  "properties": {
    "creationDate": "2026-01-01T00:00:00.1234567+00:00",
    "provisioningState": "Succeeded",
    "scopeMapId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/myRegistry/scopeMaps/app-pull",
    "credentials": {"passwords": [
      {"creationTime": "2026-01-02T03:04:05.1234567+00:00", "expiry": "2026-04-02T03:04:05.7654321+00:00", "name": "password2"},
      {"creationTime": "2026-01-02T05:04:05.1234567+02:00", "name": "password1", "later": {"member": [1, 2]}}],
      "certificates": []},
    "status": "enabled"}})";

TEST_CASE("a token is read with both slots, whatever their order and whatever else ARM says", "[registry]") {
  CHECK(shown(parse_token(kToken).value()) ==
        "ci-main app-pull enabled Succeeded | password2 2026-01-02T03:04:05.1234567Z "
        "2026-04-02T03:04:05.7654321Z | password1 2026-01-02T03:04:05.1234567Z never");
}

TEST_CASE("what a token may lack is taken for the least that it can mean", "[registry]") {
  struct Row {
    std::string body, expected;
  };
  const Row row = GENERATE(
      Row{R"({"name":"t-1","properties":{}})", "t-1  enabled "},
      Row{R"({"name":"t-1","properties":{"status":"Disabled"}})", "t-1  disabled "},
      Row{R"({"name":"t-1","properties":{"status":"suspended"}})", "t-1  disabled "},
      Row{R"({"name":"t-1","properties":{"credentials":null,"scopeMapId":null}})", "t-1  enabled "},
      Row{R"({"name":"t-1","properties":{"credentials":{}}})", "t-1  enabled "},
      Row{R"({"name":"t-1","properties":{"credentials":{"passwords":null}}})", "t-1  enabled "},
      Row{R"({"name":"t-1","properties":{"credentials":{"passwords":[]},"provisioningState":"Creating"}})",
          "t-1  enabled Creating"},
      Row{R"({"name":"t-1","properties":{"credentials":{"passwords":[{"name":"password1",)"
          R"("creationTime":"2026-01-01T00:00:00Z","expiry":null,"value":"never shown"}]}}})",
          "t-1  enabled  | password1 2026-01-01T00:00:00Z never"});
  CHECK(shown(parse_token(row.body).value()) == row.expected);
}

TEST_CASE("a token that is not what ARM sends is corrupt, and no value is quoted", "[registry]") {
  struct Row {
    std::string from, to, expected;
  };
  const Row row = GENERATE(
      Row{R"("name": "ci-main")", R"("name": 7)", "corrupt: the answer: 'name' is a number, expected a text"},
      Row{R"("name": "ci-main")", R"("nome": "ci-main")", "corrupt: the answer: 'name' is missing"},
      Row{R"("name": "ci-main")", R"("name": "../x")", "corrupt: 'name' is not a plain name"},
      Row{R"("name": "ci-main")", R"("name": "")", "corrupt: 'name' is not a plain name"},
      Row{R"("properties")", R"("props")", "corrupt: the answer: 'properties' is missing"},
      Row{R"("status": "enabled")", R"("status": true)",
          "corrupt: the answer: 'properties': 'status' is true or false, expected a text"},
      Row{R"("credentials": {)", R"("credentials": 7, "x": {)",
          "corrupt: the answer: 'properties': 'credentials' is a number, expected an object"},
      Row{R"("passwords": [)", R"("passwords": "none", "x": [)",
          "corrupt: the answer: 'properties': 'credentials': 'passwords' is a text, expected a list"},
      Row{R"("passwords": [)", R"("passwords": [null,)", "corrupt: a password is null, expected an object"},
      Row{R"("name": "password1")", R"("name": "password2")", "corrupt: 'passwords' names 'password2' twice"},
      Row{R"("name": "password1")", R"("name": "pass\nword")", "corrupt: 'name' is not a plain name"},
      Row{R"("expiry": "2026-04-02T03:04:05.7654321+00:00")", R"("expiry": 1775099045)",
          "corrupt: a password: 'expiry' is a number, expected a text"},
      Row{R"(2026-04-02T03:04:05.7654321+00:00)", R"(2026-04-02T03:04:05.76543210+00:00)",
          "corrupt: 'expiry' is not a time"},
      Row{R"("creationTime": "2026-01-02T03)", R"("creationTime": "tomorrow)",
          "corrupt: 'creationTime' is not a time"},
      Row{R"("creationTime": "2026-01-02T03)", R"("created": "2026-01-02T03)",
          "corrupt: a password: 'creationTime' is missing"});
  CHECK(failure(parse_token(replaced(kToken, row.from, row.to))) == row.expected);
}

TEST_CASE("a body that is no JSON may be better the next time", "[registry]") {
  for (const char* body : {"<html><body>502 Bad Gateway</body></html>", "{", "{}x", "not json"}) {
    INFO(body);
    const std::string line = failure(parse_token(body));
    CHECK(line.rfind("unavailable: the answer is not JSON (", 0) == 0);
    CHECK(failure(parse_generated(body, "password1")) == line);
    CHECK(failure(parse_token_page(body)) == line);
    CHECK(failure(parse_operation(body)) == line);
  }
  CHECK(failure(parse_token("")) == "unavailable: the answer is empty");
  CHECK(failure(parse_scope_map("[]")) == "corrupt: the answer is a list, expected an object");
  CHECK(failure(parse_scope_map("null")) == "corrupt: the answer is null, expected an object");
}

TEST_CASE("a scope map is read with its actions", "[registry]") {
  const auto map = parse_scope_map(
      R"({"name":"_repositories_pull","properties":{"description":"Can pull","type":"SystemDefined",)"
      R"("creationDate":"2021-06-09T09:51:03.4873142+00:00","actions":["repositories/*/content/read"]}})");
  REQUIRE(map);
  CHECK(map->name == "_repositories_pull");
  CHECK(map->description == "Can pull");
  CHECK(map->system_defined);
  CHECK(map->actions == std::vector<std::string>{"repositories/*/content/read"});
  const auto least = parse_scope_map(R"({"name":"app-pull","properties":{"type":"UserDefined"}})");
  REQUIRE(least);
  CHECK((least->description.empty() && !least->system_defined && least->actions.empty()));
  CHECK(failure(parse_scope_map(R"({"name":"m","properties":{"actions":["a",7]}})")) ==
        "corrupt: an element of 'actions' is not a text");
  CHECK(failure(parse_scope_map(R"({"name":"m","properties":{"actions":"a"}})")) ==
        "corrupt: the answer: 'properties': 'actions' is a text, expected a list");
}

TEST_CASE("a page has its elements and the link to the next", "[registry]") {
  const auto page = parse_token_page(R"({"value":[)" + kToken +
                                     R"(,{"name":"node","properties":{}}],"nextLink":"https://x/y"})");
  REQUIRE(page);
  CHECK(page->next == "https://x/y");
  REQUIRE(page->items.size() == 2);
  CHECK(page->items[1].name == "node");
  CHECK(parse_scope_map_page(R"({"value":[],"nextLink":null})").value().next.empty());
  CHECK(parse_scope_map_page(R"({"value":[]})").value().items.empty());
}

TEST_CASE("one bad element makes the page corrupt, and the line counts it", "[registry]") {
  CHECK(failure(parse_token_page(R"({"value":[{"name":"node","properties":{}},{"name":"x"}]})")) ==
        "corrupt: element 2 of 'value': element 2 of 'value': 'properties' is missing");
  CHECK(failure(parse_token_page(R"({"value":[7]})")) ==
        "corrupt: element 1 of 'value' is a number, expected an object");
  CHECK(failure(parse_token_page(R"({"values":[]})")) == "corrupt: the answer: 'value' is missing");
  CHECK(failure(parse_token_page(R"({"value":[],"nextLink":7})")) ==
        "corrupt: the answer: 'nextLink' is a number, expected a text");
}

const std::string kOther = R"({"creationTime":"2026-01-01T00:00:00.5+00:00","name":"password2"})";
const std::string kNew = R"({"creationTime":"2026-02-01T00:00:00.1234567+00:00","expiry":)"
                         R"("2026-05-01T00:00:00.7654321+00:00","name":"password1","value":")" +
                         kPassword + "\"}";

std::string answer(const std::string& passwords) {
  return R"({"username":"ci-main","passwords":[)" + passwords + "],\"later\":{}}";
}

TEST_CASE("the generated password is found by the name of its slot", "[registry]") {
  const std::string body = GENERATE_COPY(
      values<std::string>({answer(kNew), answer(kNew + "," + kOther), answer(kOther + "," + kNew),
                           answer(R"({"name":"password2"},)" + kNew), answer("7,{}," + kNew),
                           R"({"status":"Succeeded","properties":)" + answer(kNew) + "}"}));
  INFO(body);
  const auto generated = parse_generated(body, "password1");
  REQUIRE(generated);
  CHECK(generated->username == "ci-main");
  CHECK(generated->slot == "password1");
  CHECK(generated->password.reveal() == kPassword);
  CHECK(generated->created_at == at("2026-02-01T00:00:00.1234567Z"));
  CHECK(generated->expires_at == at("2026-05-01T00:00:00.7654321Z"));
}

TEST_CASE("a password that cannot be had or placed is corrupt, and never quoted", "[registry]") {
  struct Row {
    std::string body, slot, expected;
  };
  const std::string lost = "corrupt: it holds no password of 'password1', told only once";
  const Row row = GENERATE_COPY(
      Row{answer(kNew), "password2", "corrupt: it holds the password of another slot than 'password2'"},
      Row{answer(kNew + "," + kOther), "password2",
          "corrupt: it holds the password of another slot than 'password2'"},
      Row{answer(kOther), "password1", lost}, Row{answer(""), "password1", lost},
      Row{answer(replaced(kNew, "\"" + kPassword + "\"", "\"\"")), "password1", lost},
      Row{answer(replaced(kNew, "\"" + kPassword + "\"", "null")), "password1", lost},
      Row{answer(replaced(kNew, "\"" + kPassword + "\"", "7")), "password1", lost},
      Row{answer(kNew + "," + kNew), "password1", "corrupt: 'passwords' names 'password1' twice"},
      Row{answer(replaced(kNew, "creationTime", "created")), "password1",
          "corrupt: a password: 'creationTime' is missing"},
      Row{answer(replaced(kNew, "2026-05-01T", "2026-13-01T")), "password1",
          "corrupt: 'expiry' is not a time"},
      Row{replaced(answer(kNew), R"("username":"ci-main")", R"("username":"")"), "password1",
          "corrupt: 'username' is empty"},
      Row{replaced(answer(kNew), R"("username":"ci-main",)", ""), "password1",
          "corrupt: the answer: 'username' is missing"},
      Row{R"({"username":"ci-main"})", "password1", "corrupt: the answer: 'passwords' is missing"},
      Row{R"({"username":"ci-main","passwords":{}})", "password1",
          "corrupt: the answer: 'passwords' is an object, expected a list"},
      Row{R"({"properties":7})", "password1",
          "corrupt: the answer: 'properties' is a number, expected an object"});
  INFO(row.body);
  CHECK(failure(parse_generated(row.body, row.slot)) == row.expected);
}

TEST_CASE("a state that nobody knows is still on its way", "[registry]") {
  struct Row {
    const char* state;
    Progress expected;
  };
  const Row row = GENERATE(Row{"Succeeded", Progress::succeeded}, Row{"succeeded", Progress::succeeded},
                           Row{"Creating", Progress::running}, Row{"Updating", Progress::running},
                           Row{"InProgress", Progress::running}, Row{"Failed", Progress::failed},
                           Row{"Canceled", Progress::failed}, Row{"Cancelled", Progress::failed},
                           Row{"", Progress::running});
  const std::string state = row.state;
  CHECK(parse_operation(R"({"status":")" + state + "\"}").value() == row.expected);
  CHECK(parse_provisioning(R"({"properties":{"provisioningState":")" + state + "\"}}").value() ==
        row.expected);
}

TEST_CASE("a resource without a state is settled, an operation without one is corrupt", "[registry]") {
  CHECK(parse_provisioning(R"({"properties":{}})").value() == Progress::succeeded);
  CHECK(failure(parse_provisioning("{}")) == "corrupt: the answer: 'properties' is missing");
  CHECK(failure(parse_operation("{}")) == "corrupt: the answer: 'status' is missing");
}

TEST_CASE("of ARM's error only a plain identifier is shown", "[registry]") {
  struct Row {
    std::string body, expected;
  };
  const Row row =
      GENERATE(Row{R"({"error":{"code":"ResourceNotFound","message":"secret"},"status":"Failed"})",
                   "ResourceNotFound"},
               Row{R"({"error":{"code":"a","details":[1]}})", "a"},
               Row{R"({"error":{"code":")" + std::string(64, 'x') + "\"}}", std::string(64, 'x')},
               Row{R"({"error":{"code":")" + std::string(65, 'x') + "\"}}", ""},
               Row{R"({"error":{"code":"two words"}})", ""}, Row{R"({"error":{"code":"<b>"}})", ""},
               Row{R"({"error":{"code":"a_b"}})", ""}, Row{R"({"error":{"code":"a-b"}})", ""},
               Row{R"({"error":{"code":""}})", ""}, Row{R"({"error":{"code":404}})", ""},
               Row{R"({"error":"invalid_client"})", ""}, Row{R"({"error":null})", ""}, Row{"{}", ""},
               Row{"<html>", ""}, Row{"", ""}, Row{"[]", ""});
  INFO(row.body);
  CHECK(parse_error_code(row.body) == row.expected);
}

TEST_CASE("a login's answer has an access token or is none", "[registry]") {
  CHECK(has_access_token(R"({"access_token":"abc"})"));
  CHECK(has_access_token(R"({"token":"abc","expires_in":300})"));
  for (const char* body : {"", "{}", "<html>", R"({"access_token":""})", R"({"access_token":7})",
                           R"({"refresh_token":"abc"})", "[]"})
    CHECK_FALSE(has_access_token(body));
}

TEST_CASE("10,000 tokens in one page are read", "[registry]") {
  std::string body = R"({"value":[)";
  for (int i = 0; i < 10'000; ++i) body += (i == 0 ? "" : ",") + kToken;
  const auto page = parse_token_page(body + "]}");
  REQUIRE(page);
  CHECK(page->items.size() == 10'000);
}

TEST_CASE("a slot is found by name", "[registry]") {
  const TokenState token = parse_token(kToken).value();
  REQUIRE(token.slot("password1") != nullptr);
  CHECK(token.slot("password1")->name == "password1");
  CHECK(token.slot("password3") == nullptr);
}

TEST_CASE("the next page is guessed from the end of this one, or not at all", "[registry]") {
  CHECK(hint_of_next(R"({"value":[{"a":[1,2]}],"nextLink":"https://x/y?z"})") == "https://x/y?z");
  for (const char* body : {"", "[]", R"({"value":[]})", R"({"value":[1],"nextLink":7})",
                           R"({"nextLink":"x","value":[]})", R"({"value":[],"nextLink":"a]b")", "],,,"})
    CHECK(hint_of_next(body).empty());
}

}  // namespace
}  // namespace scoped::registry
