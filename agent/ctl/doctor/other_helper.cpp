#include "agent/ctl/clients/client_file.h"
#include "agent/ctl/doctor/check.h"
#include "common/base/file.h"

namespace scoped::ctl {
namespace {

constexpr size_t kLongest = 4 << 20;

Finding look(const Patient& patient) {
  const auto path = rows::docker_file.path({patient.environment, false, {}, &file_exists});
  if (!path) return unknown(path.error().line());
  const auto text = read_file(*path, kLongest);
  if (!text && text.error().code() != ErrorCode::not_found) return unknown(text.error().line());
  const std::string configure = "scopedctl configure " + patient.host;
  const auto splice = rows::docker_file.add(text ? *text : std::string(), {patient.host});
  if (!splice && splice.error().code() == ErrorCode::conflict)
    return wrong("in '" + *path + "' " + splice.error().line(), configure + " --replace");
  if (!splice)
    return wrong("'" + *path + "' cannot be read by Docker: " + splice.error().line(),
                 "put it right by hand");
  if (*splice) return wrong("'" + *path + "' does not name the helper for '" + patient.host + "'", configure);
  return fine("'" + *path + "' names the helper");
}

}  // namespace

const Check rows::other_helper_check = {"other_helper",
                                        "No other helper stands in front, and Docker asks ours.", &look};

}  // namespace scoped::ctl
