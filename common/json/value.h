// JSON as a tree that remembers where it was read. Bounded: a document is refused beyond a size, a depth or a
// number of values; a duplicate key is an error. Numbers keep 64-bit integers exact. The parser behind it is
// nlohmann's, hidden in parse.cpp. Values are plain data: no thread rule.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <stdint.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace scoped::json {

class Value;
using Array = std::vector<Value>;

struct Member;

// Members in the order in which they were read or added.
class Object {
 public:
  const Value* find(std::string_view key) const;  // null when absent
  Value* find(std::string_view key);
  // Replaces the member or appends it.
  Value& set(std::string key, Value value);
  bool erase(std::string_view key);

  const std::vector<Member>& members() const { return members_; }
  std::vector<Member>& members() { return members_; }
  bool empty() const;
  size_t size() const;

 private:
  std::vector<Member> members_;
};

enum class Type { null, boolean, integer, real, text, array, object };
std::string_view name_of(Type type);  // "null", "true or false", "a number", "a text", "a list", "an object"

class Value {
 public:
  Value() = default;  // null
  Value(bool value);
  Value(int value);
  Value(int64_t value);
  Value(uint64_t value);  // REQUIRES: value <= INT64_MAX
  Value(double value);
  Value(const char* value);
  Value(std::string value);
  Value(std::string_view value);
  Value(Array value);
  Value(Object value);

  Type type() const { return static_cast<Type>(data_.index()); }
  // Null when the value is of another type.
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const int64_t* integer() const { return std::get_if<int64_t>(&data_); }
  const double* real() const { return std::get_if<double>(&data_); }
  const std::string* text() const { return std::get_if<std::string>(&data_); }
  std::string* text() { return std::get_if<std::string>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  Array* array() { return std::get_if<Array>(&data_); }
  const Object* object() const { return std::get_if<Object>(&data_); }
  Object* object() { return std::get_if<Object>(&data_); }

  // For reading foreign documents: walks members by name, null where one is absent or not an object.
  const Value* at(std::initializer_list<std::string_view> path) const;

  int line() const { return line_; }  // 1-based line in the document, 0 for values that were made
  void set_line(int line) { line_ = line; }

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> data_;
  int line_ = 0;
};

struct Member {
  std::string key;
  Value value;
  int line = 0;  // of the key
};

// Below Member, since what destroys an Object must know it.
inline bool Object::empty() const { return members_.empty(); }
inline size_t Object::size() const { return members_.size(); }
inline Value::Value(bool value) : data_(value) {}
inline Value::Value(int value) : data_(static_cast<int64_t>(value)) {}
inline Value::Value(int64_t value) : data_(value) {}
inline Value::Value(uint64_t value) : data_(static_cast<int64_t>(value)) {}
inline Value::Value(double value) : data_(value) {}
inline Value::Value(const char* value) : data_(std::string(value)) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(std::string_view value) : data_(std::string(value)) {}
inline Value::Value(Array value) : data_(std::move(value)) {}
inline Value::Value(Object value) : data_(std::move(value)) {}

struct Limits {
  size_t bytes = 1 << 20;
  size_t depth = 32;
  size_t values = 100'000;
  bool comments = false;  // // and /* */, for configuration files
};

// Strict RFC 8259 (UTF-8, nothing after the value); a byte order mark before it is passed over, since Azure
// tools write one. A whole number beyond int64 is an error. Error: invalid_input, "line 3: duplicate key
// 'x'"; it never quotes the document's values, since they may be secrets, and the texts read so far are
// wiped.
Result<Value> parse(std::string_view text, const Limits& limits = {});

// One line, members in order, no HTML escapes; invalid UTF-8 is replaced by U+FFFD.
std::string dump(const Value& value);
// Two blanks a level, for files that people read.
std::string dump_pretty(const Value& value);
// A JSON text with its quotes.
std::string quote(std::string_view text);

// Typed access that names what is missing or wrong: "'expiry' is a number, expected a text".
class Reader {
 public:
  // `where` names the document in errors, e.g. "answer of ARM". The object must outlive the reader.
  Reader(const Object& object, std::string where) : object_(&object), where_(std::move(where)) {}
  static Result<Reader> of(const Value& value, std::string where);

  Result<std::string> text(std::string_view key) const;
  Result<int64_t> integer(std::string_view key) const;  // also a text of digits, as IMDS sends it
  Result<bool> boolean(std::string_view key) const;
  Result<Reader> object(std::string_view key) const;
  Result<const Array*> array(std::string_view key) const;
  // Absent and null give the fallback or nothing; a wrong type is still an error.
  Result<std::string> text_or(std::string_view key, std::string fallback) const;
  Result<int64_t> integer_or(std::string_view key, int64_t fallback) const;
  bool has(std::string_view key) const;  // present and not null
  const Object& raw() const { return *object_; }

 private:
  tl::unexpected<Error> wrong(std::string_view key, std::string_view expected) const;
  const Object* object_;
  std::string where_;
};

}  // namespace scoped::json
