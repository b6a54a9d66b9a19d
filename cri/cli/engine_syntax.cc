// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_syntax.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/memory_size.h"
#include "base/path.h"
#include "base/status.h"

namespace berth::cli {
namespace {

using Pair = std::pair<std::string, std::string>;

absl::Status Invalid(absl::string_view option, absl::string_view text, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(option, " ", text, ": ", problem));
}

Pair Halves(absl::string_view text, char separator) {
  return absl::StrSplit(text, absl::MaxSplits(separator, 1));
}

absl::StatusOr<berth::Json> ParseDeviceNumber(absl::string_view option, absl::string_view text,
                                              const char* field) {
  const Pair parts = Halves(text, ':');
  int64_t number = 0;
  if (!absl::StartsWith(parts.first, "/") || !absl::SimpleAtoi(parts.second, &number)) {
    return Invalid(option, text, "write PATH:NUMBER, for example /dev/sda:500");
  }
  return berth::Json{{"Path", parts.first}, {field, number}};
}

absl::Status SetFlag(absl::string_view text, const Pair& field, berth::Json& flag) {
  bool value = true;
  if (!field.second.empty() && !absl::SimpleAtob(field.second, &value)) {
    return Invalid("--mount", text, absl::StrCat(field.first, " is true or false"));
  }
  flag = value;
  return absl::OkStatus();
}

absl::Status SetBindField(absl::string_view text, const Pair& field, berth::Json& mount) {
  berth::Json& options = mount["BindOptions"];
  if (field.first == "bind-propagation") {
    options["Propagation"] = field.second;
    return absl::OkStatus();
  }
  if (field.first == "bind-nonrecursive") {
    return SetFlag(text, field, options["NonRecursive"]);
  }
  if (field.first != "bind-recursive") {
    return Invalid("--mount", text, absl::StrCat("unknown field ", field.first));
  }
  static constexpr std::pair<const char*, const char*> kFlags[] = {
      {"disabled", "NonRecursive"},
      {"writable", "ReadOnlyNonRecursive"},
      {"readonly", "ReadOnlyForceRecursive"}};
  for (const auto& [value, flag] : kFlags) {
    if (field.second == value) {
      options[flag] = true;
      return absl::OkStatus();
    }
  }
  return field.second == "enabled"
             ? absl::OkStatus()
             : Invalid("--mount", text,
                       "bind-recursive is enabled, disabled, writable or readonly");
}

absl::Status SetTmpfsField(absl::string_view text, const Pair& field, berth::Json& mount) {
  if (field.first == "tmpfs-size") {
    ASSIGN_OR_RETURN(const int64_t bytes, ParseMemorySize(field.second));
    mount["TmpfsOptions"]["SizeBytes"] = bytes;
    return absl::OkStatus();
  }
  uint32_t mode = 0;
  for (const char digit : field.second) {
    if (digit < '0' || digit > '7' || mode > 0777) {
      return Invalid("--mount", text, "tmpfs-mode is octal: 1777");
    }
    mode = mode * 8 + static_cast<uint32_t>(digit - '0');
  }
  mount["TmpfsOptions"]["Mode"] = mode;
  return absl::OkStatus();
}

absl::Status SetVolumeField(absl::string_view text, const Pair& field, berth::Json& mount) {
  berth::Json& options = mount["VolumeOptions"];
  const Pair inner = Halves(field.second, '=');
  if (field.first == "volume-nocopy") {
    return SetFlag(text, field, options["NoCopy"]);
  }
  if (field.first == "volume-subpath") {
    options["Subpath"] = field.second;
  } else if (field.first == "volume-driver") {
    options["DriverConfig"]["Name"] = field.second;
  } else if (field.first == "volume-label") {
    options["Labels"][inner.first] = inner.second;
  } else if (field.first == "volume-opt") {
    options["DriverConfig"]["Options"][inner.first] = inner.second;
  } else {
    return Invalid("--mount", text, absl::StrCat("unknown field ", field.first));
  }
  return absl::OkStatus();
}

absl::Status SetField(absl::string_view text, const Pair& field, berth::Json& mount) {
  const std::string& name = field.first;
  if (name == "type") {
    mount["Type"] = field.second;
  } else if (name == "source" || name == "src") {
    mount["Source"] = field.second;
  } else if (name == "target" || name == "dst" || name == "destination") {
    mount["Target"] = field.second;
  } else if (name == "readonly" || name == "ro") {
    return SetFlag(text, field, mount["ReadOnly"]);
  } else if (absl::StartsWith(name, "bind-")) {
    return SetBindField(text, field, mount);
  } else if (absl::StartsWith(name, "volume-")) {
    return SetVolumeField(text, field, mount);
  } else if (name == "image-subpath") {
    mount["ImageOptions"]["Subpath"] = field.second;
  } else if (name == "tmpfs-size" || name == "tmpfs-mode") {
    return SetTmpfsField(text, field, mount);
  } else {
    return Invalid("--mount", text, absl::StrCat("unknown field ", name));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<berth::Json> ParseMount(absl::string_view text,
                                       absl::string_view working_directory) {
  berth::Json mount = {{"Type", "volume"}};
  for (const absl::string_view field : absl::StrSplit(text, ',')) {
    RETURN_IF_ERROR(SetField(text, Halves(field, '='), mount));
  }
  if (!mount.contains("Target")) {
    return Invalid("--mount", text,
                   "write type=bind|volume|tmpfs|image,src=SOURCE,dst=PATH[,readonly]");
  }
  const std::string source = JsonString(mount, "Source").value_or("");
  if (mount["Type"] == "bind" && absl::StartsWith(source, ".")) {
    mount["Source"] = CleanPath(JoinPath(working_directory, source));
  }
  return mount;
}

absl::StatusOr<berth::Json> ParseRestart(absl::string_view text) {
  const Pair parts = Halves(text, ':');
  int64_t retries = 0;
  if (absl::StrContains(text, ':') && !absl::SimpleAtoi(parts.second, &retries)) {
    return Invalid("--restart", text, "write no, always, unless-stopped or on-failure[:RETRIES]");
  }
  return berth::Json{{"Name", parts.first}, {"MaximumRetryCount", retries}};
}

absl::StatusOr<berth::Json> ParseUlimit(absl::string_view text) {
  const Pair parts = Halves(text, '=');
  const Pair limits = Halves(parts.second, ':');
  int64_t soft = 0;
  if (parts.first.empty() || !absl::SimpleAtoi(limits.first, &soft)) {
    return Invalid("--ulimit", text, "write NAME=SOFT[:HARD]");
  }
  int64_t hard = soft;
  if (absl::StrContains(parts.second, ':') && !absl::SimpleAtoi(limits.second, &hard)) {
    return Invalid("--ulimit", text, "write NAME=SOFT[:HARD]");
  }
  return berth::Json{{"Name", parts.first}, {"Soft", soft}, {"Hard", hard}};
}

berth::Json ParseDevice(absl::string_view text) {
  const Pair parts = Halves(text, ':');
  Pair inside = Halves(parts.second, ':');
  if (!inside.first.empty() && inside.first.find_first_not_of("rwm") == std::string::npos) {
    inside = {"", inside.first};  // "/dev/a:rw"
  }
  return {{"PathOnHost", parts.first},
          {"PathInContainer", inside.first},
          {"CgroupPermissions", inside.second}};
}

absl::StatusOr<berth::Json> ParseByteRate(absl::string_view option, absl::string_view text) {
  const Pair parts = Halves(text, ':');
  const absl::StatusOr<int64_t> rate = ParseMemorySize(parts.second);
  if (!absl::StartsWith(parts.first, "/") || !rate.ok()) {
    return Invalid(option, text, "write PATH:SIZE, for example /dev/sda:1m");
  }
  return berth::Json{{"Path", parts.first}, {"Rate", *rate}};
}

absl::StatusOr<berth::Json> ParseOperationRate(absl::string_view option, absl::string_view text) {
  return ParseDeviceNumber(option, text, "Rate");
}

absl::StatusOr<berth::Json> ParseDeviceWeight(absl::string_view option, absl::string_view text) {
  return ParseDeviceNumber(option, text, "Weight");
}

absl::StatusOr<berth::Json> ParseGpus(absl::string_view text) {
  constexpr int64_t kAll = -1;
  absl::string_view fields = absl::StripPrefix(absl::StripSuffix(text, "\""), "\"");
  const bool has_ids = absl::ConsumePrefix(&fields, "device=");
  berth::Json request = {{"Count", 0}, {"Capabilities", {{"gpu"}}}};
  int64_t count = kAll;
  if (fields.empty() || absl::StrContains(fields, '=')) {
    return Invalid("--gpus", text, "write all, a number, or device=ID[,ID]");
  }
  if (has_ids) {
    request["DeviceIDs"] = std::vector<std::string>(absl::StrSplit(fields, ','));
  } else if (fields == "all" || (absl::SimpleAtoi(fields, &count) && count >= kAll)) {
    request["Count"] = count;
  } else {
    return Invalid("--gpus", text, "write all, a number, or device=ID[,ID]");
  }
  return request;
}

absl::StatusOr<berth::Json> ParsePairs(absl::string_view option,
                                       const std::vector<std::string>& pairs) {
  berth::Json map = berth::Json::object();
  for (const std::string& text : pairs) {
    Pair pair = Halves(text, '=');
    if (pair.first.empty()) {
      return Invalid(option, text, "write KEY=VALUE");
    }
    map[pair.first] = std::move(pair.second);
  }
  return map;
}

absl::StatusOr<int64_t> ParseNanoseconds(absl::string_view option, absl::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration()) {
    return Invalid(option, text, "write a time such as 30s or 1m30s");
  }
  return absl::ToInt64Nanoseconds(duration);
}

}  // namespace berth::cli
