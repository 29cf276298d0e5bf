#include "agent/manual/config_page.h"

#include "agent/loop/listener_types.h"
#include "agent/publish/publisher.h"
#include "agent/registry/control_plane.h"
#include "common/config/copies.h"
#include "common/config/rotation.h"
#include "common/config/rows.h"
#include "common/identity/identity.h"
#include "common/store/types.h"

#include <span>
#include <string_view>

namespace scoped::manual {
namespace {

using config::Kind;
using config::Setting;

std::string_view value_of(Kind kind) {
  switch (kind) {
    case Kind::text:
      return "TEXT";
    case Kind::boolean:
      return "true | false";
    case Kind::integer:
      return "NUMBER";
    case Kind::percent:
      return "\"66%\"";
    case Kind::duration:
      return "\"90d\"";
    case Kind::secret:
      return "\"file:/PATH\" | \"credential:NAME\" | \"env:NAME\"";
    case Kind::path:
      return "\"/PATH\"";
    case Kind::url:
      return "\"https://HOST/PATH\"";
    case Kind::server:
      return "\"https://HOST/PATH\" | \"unix:///PATH\"";
    case Kind::text_list:
      return "[ TEXT, ... ]";
    case Kind::choice:
      return "";
    case Kind::identity:
      return "NAME of an identity";
    case Kind::token:
      return "\"HOST/TOKEN\"";
    case Kind::object:
      return "{ ... }";
  }
  return "";
}

std::string joined(std::string_view list, std::string_view between) {
  std::string text;
  for (const char c : list) {
    if (c == '|')
      text += between;
    else
      text += c;
  }
  return text;
}

// "file|env" of a secret says which sources, of anything else which values.
std::string written_value(const Setting& row) {
  if (row.choices.empty()) return std::string(value_of(row.kind));
  if (row.kind == Kind::secret) {
    std::string text;
    for (const char* source : {"file", "credential", "env"}) {
      if (row.choices.find(source) == std::string_view::npos) continue;
      text +=
          (text.empty() ? "\"" : " | \"") + std::string(source) + (source[0] == 'f' ? ":/PATH\"" : ":NAME\"");
    }
    return text;
  }
  if (row.kind == Kind::text_list) return "[ of " + joined(row.choices, ", ") + " ]";
  return joined(row.choices, " | ");
}

std::string limits_of(const Setting& row) {
  std::string text;
  if (row.required) text += " Required.";
  if (!row.default_text.empty()) text += " Default: " + joined(row.default_text, ", ") + ".";
  if (!row.least.empty()) text += " At least " + std::string(row.least) + ".";
  if (!row.most.empty()) text += " At most " + std::string(row.most) + ".";
  return text;
}

std::string rows_of(std::span<const Setting> rows) {
  std::string text;
  for (const Setting& row : rows) {
    const std::string value = written_value(row);
    text += ".TP\n\\fB" + roff_text(std::string(row.name)) + "\\fR" +
            (value.empty() ? "" : ": " + roff_text(value)) + "\n" +
            roff_text(std::string(row.doc) + limits_of(row)) + "\n";
  }
  return text;
}

std::string section(std::string_view title, const std::string& about, std::span<const Setting> rows) {
  return ".SH " + std::string(title) + "\n" + (about.empty() ? "" : roff_text(about) + "\n") + rows_of(rows);
}

template <typename Type>
std::string types_of(std::string_view title, const std::string& about, std::span<const Type> types) {
  std::string text = ".SH " + std::string(title) + "\n" + roff_text(about) + "\n";
  for (const Type& type : types)
    text += ".SS \"\\(dqtype\\(dq: \\(dq" + roff_text(std::string(type.name)) + "\\(dq\"\n" +
            roff_text(std::string(type.doc)) + "\n" + rows_of(type.settings);
  return text;
}

constexpr const char* kHead = R"(.SH NAME
scoped-config \- configuration of docker-credential-scoped, scoped-agent and scopedctl
.SH SYNOPSIS
.nf
/etc/scoped/config.json
/etc/scoped/config.d/*.json
$XDG_CONFIG_HOME/scoped/config.json
$XDG_CONFIG_HOME/scoped/config.d/*.json
.fi
.SH DESCRIPTION
JSON with comments (// and /* */). The files of the system are read first, then those of the user, each folder
in the order of its names; later files add objects. A user\(cqs file refers only to objects of the user and
redefines none of the system\(cqs.
.PP
With \fB$SCOPED_CONFIG\fR or \fB\-\-config\fR that file is read and no other.
.PP
Unknown keys, duplicate keys and values of a wrong type are errors that name file, line and the nearest known
key; all of them are reported at once, by
.BR "scopedctl status" ,
for example. A file that its group or others may write is refused, and root reads only what root owns.
No file holds a secret: it says where one is read, from a private file, from a credential of systemd or from a variable.
.PP
The least that is needed:
.PP
.nf
.RS
{ "registries": { "myregistry.azurecr.io": {
    "default_token": "pull", "tokens": { "pull": {} } } } }
.RE
.fi
.PP
Durations carry their unit: ms, s, m, h, d.
)";

constexpr const char* kTail = R"(.SH SEE ALSO
.BR scopedctl (1),
.BR scoped-agent (8),
.BR docker-credential-scoped (1),
.BR scoped-records (5)
)";

}  // namespace

std::string roff_text(const std::string& text) {
  std::string escaped;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else if (c == '\'')
      escaped += "\\(aq";
    else
      escaped += c;
    at_start = c == '\n';
  }
  return escaped;
}

std::string config_page(const std::string& version) {
  std::string page = ".TH SCOPED\\-CONFIG 5 \"\" \"docker\\-credential\\-scoped " + roff_text(version) +
                     "\" \"File formats\"\n";
  page += kHead;
  page += section("THE DOCUMENT", "", config::document_rows());
  page += section("A REGISTRY", "A member of 'registries', by the registry's host.", config::registry_rows());
  page +=
      section("A TOKEN", "A member of 'tokens' of a registry, by the token's name.", config::token_rows());
  page += section("WHO MAY USE A TOKEN", "The object 'allow' of a token. Names that do not exist are errors.",
                  config::allow_rows());
  page += section("A SCOPE MAP", "A member of 'scope_maps' of a registry.", config::scope_map_rows());
  page += section("ROTATION",
                  "The object 'rotation' of a registry, and of a token, which inherits the registry's.",
                  config::rotation_rows());
  page += section("COPIES", "The object 'copies'.", config::copies_rows());
  page += section("THE AGENT", "The object 'agent': counts at the level of the agent that runs.",
                  config::agent_rows());
  page += section("METRICS", "The object 'metrics' of the agent.", config::metrics_rows());
  page += types_of("LISTENERS", "Members of 'listeners' of the agent.", loop::listener_types());
  page += types_of("CONTROL PLANES", "The object 'control' of a registry.", registry::types());
  page += types_of("STORES", "Members of 'stores'. The store 'default' exists without being named.",
                   store::types());
  page += types_of("IDENTITIES", "Members of 'identities'.", identity::types());
  page += types_of(
      "PUBLISHERS",
      "Members of 'publishers'. Each runs after a promotion of its token, at the start of the agent, and "
      "at each 'revalidate_agent', and holds the old password's slot until everybody has the new one; "
      "'scopedctl publish --once' runs them without an agent.",
      publish::types());
  return page + kTail;
}

}  // namespace scoped::manual
