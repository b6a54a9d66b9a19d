// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/run_mount.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/memory_size.h"
#include "base/path.h"
#include "base/status.h"
#include "base/suggestion.h"
#include "imageservice/build/step_key.h"

namespace berth::imageservice {
namespace {

template <typename Value>
struct Named {
  absl::string_view name;
  Value value;
};

using Type = RunMount::Type;
using Sharing = RunMount::Sharing;

constexpr Named<Type> kTypes[] = {{"bind", Type::kBind},
                                  {"cache", Type::kCache},
                                  {"tmpfs", Type::kTmpfs},
                                  {"secret", Type::kSecret},
                                  {"ssh", Type::kSsh}};
constexpr Named<Sharing> kSharings[] = {
    {"shared", Sharing::kShared}, {"private", Sharing::kPrivate}, {"locked", Sharing::kLocked}};

template <typename Value, size_t kCount>
absl::StatusOr<Value> Find(const Named<Value> (&table)[kCount], absl::string_view what,
                           absl::string_view name) {
  std::vector<std::string> known;
  for (const Named<Value>& each : table) {
    if (absl::EqualsIgnoreCase(each.name, name)) {
      return each.value;
    }
    known.emplace_back(each.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unsupported ", what, " \"", name, "\"", DidYouMean(Nearest(name, known))));
}

absl::string_view NameOf(Type type) {
  return absl::c_find_if(kTypes, [&](const auto& each) { return each.value == type; })->name;
}

// Comma-separated values, quoted where they hold a comma (RFC 4180).
absl::StatusOr<std::vector<std::string>> SplitFields(absl::string_view text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
      fields.back().push_back(text[i++]);
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(text[i]);
    }
  }
  if (quoted) {
    return absl::InvalidArgumentError("failed to parse csv mounts: a quote has no end");
  }
  return fields;
}

absl::Status InvalidValue(absl::string_view key, absl::string_view value) {
  return absl::InvalidArgumentError(absl::StrCat("invalid value for ", key, ": ", value));
}

class Parser {
 public:
  absl::Status Set(absl::string_view key, absl::string_view value, bool has_value) {
    const Row* row = absl::c_find_if(kKeys, [&](const Row& each) { return each.key == key; });
    if (row == std::end(kKeys)) {
      return UnknownKey(key, value, has_value);
    }
    if (!has_value && row->set != &Parser::SetReadOnly && row->set != &Parser::SetReadWrite &&
        row->set != &Parser::SetRequired) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid field '", key, "' must be a key=value pair"));
    }
    return (this->*row->set)(key, has_value ? value : "true");
  }

  absl::StatusOr<RunMount> Finish() && {
    const bool has_owner =
        mount_.type == Type::kSecret || mount_.type == Type::kSsh || mount_.type == Type::kCache;
    if (!has_owner && (mount_.mode || mount_.uid || mount_.gid)) {
      return absl::InvalidArgumentError(absl::StrCat(mount_.mode  ? "mode"
                                                     : mount_.uid ? "uid"
                                                                  : "gid",
                                                     " not allowed for \"", NameOf(mount_.type),
                                                     "\" type mounts"));
    }
    if (sharing_given_ && mount_.type != Type::kCache) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid cache sharing set for ", NameOf(mount_.type), " mount"));
    }
    if (mount_.type == Type::kSecret) {
      RETURN_IF_ERROR(CheckSecret());
    }
    if (mount_.type == Type::kCache && mount_.from.empty() &&
        CleanPath(absl::StrCat("/", mount_.source)) != "/") {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid cache mount: source=", mount_.source, " needs a from"));
    }
    mount_.read_only =
        read_only_.value_or(mount_.type != Type::kCache && mount_.type != Type::kTmpfs);
    return std::move(mount_);
  }

 private:
  using Setter = absl::Status (Parser::*)(absl::string_view key, absl::string_view value);
  struct Row {
    absl::string_view key;
    Setter set;
  };
  static const Row kKeys[19];

  static absl::Status UnknownKey(absl::string_view key, absl::string_view value, bool has_value) {
    std::vector<std::string> known;
    for (const Row& row : kKeys) {
      known.emplace_back(row.key);
    }
    return absl::InvalidArgumentError(absl::StrCat("unexpected key '", key, "' in '", key,
                                                   has_value ? "=" : "", value, "'",
                                                   DidYouMean(Nearest(key, known))));
  }

  absl::Status CheckSecret() const {
    if (!mount_.from.empty()) {
      return absl::InvalidArgumentError("secret mount should not have a from");
    }
    if (mount_.source.empty() && mount_.target.empty() && mount_.id.empty()) {
      return absl::InvalidArgumentError("invalid secret mount. one of source, target required");
    }
    if (!mount_.source.empty() && !mount_.id.empty()) {
      return absl::InvalidArgumentError("both source and id can't be set");
    }
    return absl::OkStatus();
  }

  absl::Status CheckType(absl::string_view key, std::initializer_list<Type> types) const {
    return absl::c_linear_search(types, mount_.type)
               ? absl::OkStatus()
               : absl::InvalidArgumentError(absl::StrCat(
                     "unexpected key '", key, "' for mount type '", NameOf(mount_.type), "'"));
  }

  static absl::StatusOr<bool> Bool(absl::string_view key, absl::string_view value) {
    bool result = false;
    return absl::SimpleAtob(value, &result) ? absl::StatusOr<bool>(result)
                                            : InvalidValue(key, value);
  }
  static absl::Status Number(absl::string_view key, absl::string_view value,
                             std::optional<uint32_t>& number) {
    uint32_t read = 0;
    if (!absl::SimpleAtoi(value, &read)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid value ", value, " for ", key));
    }
    number = read;
    return absl::OkStatus();
  }

  absl::Status SetType(absl::string_view /*key*/, absl::string_view value) {
    ASSIGN_OR_RETURN(mount_.type, Find(kTypes, "mount type", value));
    return absl::OkStatus();
  }
  absl::Status SetFrom(absl::string_view /*key*/, absl::string_view value) {
    mount_.from = std::string(value);
    return absl::OkStatus();
  }
  absl::Status SetSource(absl::string_view /*key*/, absl::string_view value) {
    mount_.source = std::string(value);
    return absl::OkStatus();
  }
  absl::Status SetTarget(absl::string_view /*key*/, absl::string_view value) {
    mount_.target = std::string(value);
    return absl::OkStatus();
  }
  absl::Status SetReadOnly(absl::string_view key, absl::string_view value) {
    ASSIGN_OR_RETURN(read_only_, Bool(key, value));
    return absl::OkStatus();
  }
  absl::Status SetReadWrite(absl::string_view key, absl::string_view value) {
    ASSIGN_OR_RETURN(const bool read_write, Bool(key, value));
    read_only_ = !read_write;
    return absl::OkStatus();
  }
  absl::Status SetRequired(absl::string_view key, absl::string_view value) {
    RETURN_IF_ERROR(CheckType(key, {Type::kSecret, Type::kSsh}));
    ASSIGN_OR_RETURN(mount_.required, Bool(key, value));
    return absl::OkStatus();
  }
  absl::Status SetSize(absl::string_view key, absl::string_view value) {
    RETURN_IF_ERROR(CheckType(key, {Type::kTmpfs}));
    ASSIGN_OR_RETURN(mount_.size, ParseMemorySize(value));
    return absl::OkStatus();
  }
  absl::Status SetId(absl::string_view /*key*/, absl::string_view value) {
    mount_.id = std::string(value);
    return absl::OkStatus();
  }
  absl::Status SetSharing(absl::string_view /*key*/, absl::string_view value) {
    ASSIGN_OR_RETURN(mount_.sharing, Find(kSharings, "sharing value", value));
    sharing_given_ = true;
    return absl::OkStatus();
  }
  absl::Status SetMode(absl::string_view /*key*/, absl::string_view value) {
    constexpr uint32_t kMaxMode = 07777;
    uint32_t mode = 0;
    const bool octal = !value.empty() && value.size() <= 8 &&
                       absl::c_all_of(value, [](char c) { return c >= '0' && c <= '7'; });
    for (const char digit : octal ? value : "") {
      mode = mode * 8 + static_cast<uint32_t>(digit - '0');
    }
    if (!octal || mode > kMaxMode) {
      return absl::InvalidArgumentError(absl::StrCat("invalid value ", value, " for mode"));
    }
    mount_.mode = mode;
    return absl::OkStatus();
  }
  absl::Status SetUid(absl::string_view key, absl::string_view value) {
    return Number(key, value, mount_.uid);
  }
  absl::Status SetGid(absl::string_view key, absl::string_view value) {
    return Number(key, value, mount_.gid);
  }
  absl::Status SetEnvironment(absl::string_view key, absl::string_view value) {
    RETURN_IF_ERROR(CheckType(key, {Type::kSecret}));
    mount_.environment = std::string(value);
    return absl::OkStatus();
  }

  RunMount mount_;
  std::optional<bool> read_only_;
  bool sharing_given_ = false;
};

const Parser::Row Parser::kKeys[19] = {
    {"type", &Parser::SetType},
    {"from", &Parser::SetFrom},
    {"source", &Parser::SetSource},
    {"src", &Parser::SetSource},
    {"target", &Parser::SetTarget},
    {"dst", &Parser::SetTarget},
    {"destination", &Parser::SetTarget},
    {"readonly", &Parser::SetReadOnly},
    {"ro", &Parser::SetReadOnly},
    {"readwrite", &Parser::SetReadWrite},
    {"rw", &Parser::SetReadWrite},
    {"required", &Parser::SetRequired},
    {"size", &Parser::SetSize},
    {"id", &Parser::SetId},
    {"sharing", &Parser::SetSharing},
    {"mode", &Parser::SetMode},
    {"uid", &Parser::SetUid},
    {"gid", &Parser::SetGid},
    {"env", &Parser::SetEnvironment},
};

struct Field {
  std::string key;
  std::string value;
  bool has_value;
};

absl::StatusOr<std::vector<Field>> ReadFields(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, SplitFields(text));
  std::vector<Field> fields;
  for (const std::string& field : texts) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(field, absl::MaxSplits('=', 1));
    fields.push_back(
        {absl::AsciiStrToLower(parts.first), parts.second, absl::StrContains(field, "=")});
  }
  return fields;
}

}  // namespace

absl::StatusOr<RunMount> ParseRunMount(absl::string_view text, Expand expand) {
  ASSIGN_OR_RETURN(std::vector<Field> fields, ReadFields(text));
  // What a key may say depends on the type.
  absl::c_stable_partition(fields, [](const Field& field) { return field.key == "type"; });
  Parser parser;
  for (const Field& field : fields) {
    ASSIGN_OR_RETURN(const std::string value, expand(field.value));
    RETURN_IF_ERROR(parser.Set(field.key, value, field.has_value));
  }
  return std::move(parser).Finish();
}

std::string RunMountKey(const RunMount& mount) {
  const auto number = [](std::optional<uint32_t> value) {
    return value.has_value() ? absl::StrCat(*value) : std::string();
  };
  return StepKey(
      "mount",
      {absl::StrCat(static_cast<int>(mount.type)), mount.from, mount.source, mount.target, mount.id,
       absl::StrCat(mount.read_only), absl::StrCat(mount.required), absl::StrCat(mount.size),
       absl::StrCat(static_cast<int>(mount.sharing)), absl::StrCat(mount.environment.has_value()),
       mount.environment.value_or(""), number(mount.mode), number(mount.uid), number(mount.gid)});
}

absl::Status CheckRunMount(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<Field> fields, ReadFields(text));
  for (const Field& field : fields) {
    if (field.key == "from" && absl::StrContains(field.value, "$")) {
      return absl::InvalidArgumentError(
          "'from' doesn't support variable expansion, define alias stage instead");
    }
  }
  if (absl::StrContains(text, "$")) {
    return absl::OkStatus();
  }
  return ParseRunMount(text, [](absl::string_view word) { return std::string(word); }).status();
}

}  // namespace berth::imageservice
