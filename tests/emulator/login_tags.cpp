// A list of tags needs metadata_read here, while Distribution wants pull: the front door asks us first, and
// goes on with a bearer that Distribution accepts.
#include "tests/emulator/data_plane.h"
#include "tests/emulator/login.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

Outcome<Answer> list_tags(Turn& turn) {
  const Parts& parts = turn.site.parts;
  const std::string& repository = turn.captures[0];
  if (!is_repository(repository)) return refuse(404, "NAME_INVALID", "invalid repository name");
  const Admission admission = admit_to(turn, {"repository", repository, {"metadata_read"}});
  if (!admission.grant) return admission.refusal;
  const AccessGrant inner{admission.grant->user, turn.host(), {{"repository", repository, {"pull"}}}};
  auto token = make_access_token(parts.signer, inner, turn.now, make_guid(parts.random));
  if (!token) return refuse(500, "UNKNOWN", token.error().line());
  Answer answer;
  answer.headers = {{std::string(kGoOn), fmt::format("{}{}", kInnerPrefix, turn.request.target)},
                    {std::string(kInnerBearer), std::move(*token)}};
  return answer;
}

constexpr std::array<Route, 1> kRoutes = {Route{"GET", "/v2/{...}/tags/list", list_tags}};

}  // namespace

const RouteTable kLoginTags = {&kLogin, kRoutes};

}  // namespace scoped::emulator
