// A setting is one row: name, type, default, range, whether it is a secret, and one sentence that says what
// it is for. Parser, validation errors, man page, completion and the published schema come from the rows; the
// rows of a store, an identity, a control plane or a publisher stand beside its code and are handed in
// through Catalog. Pure.
#pragma once

#include "common/base/result.h"
#include "common/config/config.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::config {

// What is written, and what Typed keeps of it.
enum class Kind {
  text,      // not empty
  boolean,   //
  integer,   //
  percent,   // "66%" -> 66
  duration,  // "90d"
  secret,    // "file:PATH", "credential:NAME" or "env:NAME"; a bare value is an error
  path,      // absolute
  url,       // https, or http on loopback; kept without slashes at its end
  server,    // the same, or "unix:///PATH" of a socket that is spoken to by http
  text_list,
  choice,    // one of `choices`, separated by '|'
  identity,  // the name of an identity of the same level (system or user)
  token,     // "HOST/TOKEN" of the same level; HOST is kept canonical
  object,    // an object with rows or names of its own; only in the rows of this folder
};

struct Setting {
  std::string_view name = {};
  Kind kind = Kind::text;
  std::string_view default_text = {};  // as it would be written, without quotes; empty: none
  bool required = false;
  std::string_view least = {};  // for duration, integer and percent; empty: no bound
  std::string_view most = {};
  // For choice and for the elements of text_list: the values. For secret: the sources ("file|env") that may
  // be named; empty: all.
  std::string_view choices = {};
  std::string_view doc = {};
};

// How long a bearer lives at most where the identity's row does not say otherwise (ROTATION rule 7).
inline constexpr std::chrono::seconds kUsualFenceMax = std::chrono::minutes(90);

// A value of "type" and the rows that it chooses.
struct TypeRow {
  std::string_view name;
  std::span<const Setting> settings;
  std::chrono::seconds fence_max = kUsualFenceMax;  // of an identity: the longest life of its bearers
};

// What the caller's program can build; unknown types are errors that name the nearest known one. An empty
// list says that the program builds none of these: such objects are then taken with name and type alone and
// their settings, references and what follows from them are left to the program that uses them.
struct Catalog {
  std::vector<TypeRow> stores;
  std::vector<TypeRow> identities;
  std::vector<TypeRow> controls;
  std::vector<TypeRow> listeners;
  std::vector<TypeRow> publishers;

  // Knowledge of common/record, which this folder does not include: record::parse_registry_host,
  // check_repository_pattern and check_action. Null: hosts are lower-cased and the rest is not checked.
  Result<std::string> (*registry_host)(std::string_view) = nullptr;
  Result<> (*repository_pattern)(std::string_view) = nullptr;
  Result<> (*action)(std::string_view) = nullptr;
};

struct Problem {
  std::string file;
  int line = 0;  // 0: the file as a whole
  std::string text;
  std::string display() const;  // "FILE:LINE: text"
};

}  // namespace scoped::config
