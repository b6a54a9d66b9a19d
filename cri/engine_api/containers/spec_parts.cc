// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/spec_parts.h"

#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/status.h"
#include "cri/engine_api/containers/log_files.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {
namespace {

constexpr int64_t kLocalLogSize = 20 << 20;  // what Docker's driver "local" has
constexpr int64_t kLocalLogFiles = 5;

absl::Status Invalid(absl::string_view what, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", text));
}

// "64m", "1g", "10": bytes.
absl::StatusOr<int64_t> ParseBytes(absl::string_view text) {
  absl::string_view digits = absl::StripAsciiWhitespace(text);
  absl::ConsumeSuffix(&digits, "b") || absl::ConsumeSuffix(&digits, "B");
  int shift = 0;
  for (const auto& [unit, by] : {std::pair{'k', 10}, {'m', 20}, {'g', 30}, {'t', 40}}) {
    if (!digits.empty() && absl::ascii_tolower(static_cast<unsigned char>(digits.back())) == unit) {
      digits.remove_suffix(1);
      shift = by;
      break;
    }
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(digits, &number) || number < 0 ||
      number > (std::numeric_limits<int64_t>::max() >> shift)) {
    return Invalid("invalid size", text);
  }
  return number << shift;
}

bool IsPropagation(absl::string_view option) {
  return option == "shared" || option == "slave" || option == "private" || option == "rshared" ||
         option == "rslave" || option == "rprivate";
}

// What an option of a bind decides, each of which is said once; "" is no option.
absl::string_view SubjectOf(absl::string_view option) {
  return option == "ro" || option == "rw" ? "access"
         : option == "z" || option == "Z" ? "label"
         : option == "nocopy"             ? "content"
         : IsPropagation(option)          ? "propagation"
         : option == "consistent" || option == "cached" || option == "delegated"
             ? "consistency"  // means nothing on Linux
             : "";
}

void ApplyBindOption(absl::string_view option, MountSpec& mount) {
  if (option == "ro") {
    mount.read_only = true;
  } else if (option == "nocopy") {
    mount.no_copy = true;
  } else if (option == "z" || option == "Z") {
    mount.relabel = std::string(option);
  } else if (IsPropagation(option)) {
    mount.propagation = std::string(option);
  }
}

absl::Status ApplyBindMode(absl::string_view mode, MountSpec& mount) {
  std::set<absl::string_view> said;
  for (const absl::string_view option : absl::StrSplit(mode, ',')) {
    const absl::string_view subject = SubjectOf(option);
    if (subject.empty() || !said.insert(subject).second) {
      return Invalid("invalid mode", mode);
    }
    ApplyBindOption(option, mount);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadTarget(const std::string& target) {
  if (!IsAbsolutePath(target) || HasNul(target)) {
    return absl::InvalidArgumentError(absl::StrCat("invalid mount config: invalid mount path: '",
                                                   target, "' mount path must be absolute"));
  }
  std::string clean = CleanPath(target);
  if (clean == "/") {
    return absl::InvalidArgumentError("invalid specification: destination can't be '/'");
  }
  return clean;
}

absl::StatusOr<MountSpec> ParseTmpfs(const std::string& target, const std::string& options) {
  MountSpec mount;
  mount.type = MountSpec::Type::kTmpfs;
  ASSIGN_OR_RETURN(mount.target, ReadTarget(target));
  for (const absl::string_view option : absl::StrSplit(options, ',', absl::SkipEmpty())) {
    absl::string_view value = option;
    if (option == "ro") {
      mount.read_only = true;
    } else if (absl::ConsumePrefix(&value, "size=")) {
      ASSIGN_OR_RETURN(mount.tmpfs_size, ParseBytes(value));
    } else if (absl::ConsumePrefix(&value, "mode=")) {
      mount.tmpfs_mode = strtol(std::string(value).c_str(), nullptr, 8) & 07777;
    } else if (option != "rw") {
      mount.tmpfs_options.emplace_back(option);
    }
  }
  return mount;
}

bool IsPrivate(absl::string_view propagation) {
  return propagation.empty() || propagation == "private" || propagation == "rprivate";
}

void ReadBindOptions(JsonFields& fields, MountSpec& mount) {
  JsonFields bind(fields.Object("BindOptions"), "Mounts.BindOptions");
  mount.propagation = bind.Text("Propagation");
  mount.make_source = bind.Flag("CreateMountpoint");
  mount.is_recursive = !bind.Flag("NonRecursive");
  mount.read_only_below = !bind.Flag("ReadOnlyNonRecursive");
  const bool must_be_below = bind.Flag("ReadOnlyForceRecursive");
  fields.Note(bind.status());
  const auto conflict = [&fields](absl::string_view what) {
    fields.Note(absl::InvalidArgumentError(absl::StrCat("mount options conflict: ", what)));
  };
  if (!mount.read_only && !mount.read_only_below) {
    conflict("!ReadOnly && BindOptions.ReadOnlyNonRecursive");
  }
  if (!mount.read_only && must_be_below) {
    conflict("!ReadOnly && BindOptions.ReadOnlyForceRecursive");
  }
  if (!mount.read_only_below && must_be_below) {
    conflict("BindOptions.ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive");
  }
  if (must_be_below && !IsPrivate(mount.propagation)) {
    conflict(absl::StrCat("BindOptions.ReadOnlyForceRecursive && BindOptions.Propagation ",
                          mount.propagation));
  }
}

void ReadVolumeOptions(JsonFields& fields, MountSpec& mount) {
  JsonFields volume(fields.Object("VolumeOptions"), "Mounts.VolumeOptions");
  mount.no_copy = volume.Flag("NoCopy");
  mount.subpath = volume.Text("Subpath");
  mount.labels = volume.TextMap("Labels");
  JsonFields driver(volume.Object("DriverConfig"), "Mounts.VolumeOptions.DriverConfig");
  mount.driver = driver.Text("Name");
  mount.options = driver.TextMap("Options");
  fields.Note(volume.status());
  fields.Note(driver.status());
}

absl::Status InvalidMount(absl::string_view type, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid mount config for type \"", type, "\": ", problem));
}

absl::Status CheckSubpath(absl::string_view type, const std::string& subpath) {
  return IsAbsolutePath(subpath) || HasDotDot(subpath) || HasNul(subpath)
             ? InvalidMount(type, absl::StrCat("subpath must be a relative path within the ", type,
                                               ", not '", subpath, "'"))
             : absl::OkStatus();
}

absl::Status CheckNotGiven(const Json& json, absl::string_view type, const char* field) {
  const auto found = json.find(field);
  return found == json.end() || found->is_null()
             ? absl::OkStatus()
             : InvalidMount(type, absl::StrCat("field ", field, " must not be specified"));
}

// Nobody writes into an image, whatever is asked for.
absl::Status ReadImageMount(const Json& json, MountSpec& mount) {
  RETURN_IF_ERROR(CheckNotGiven(json, "image", "BindOptions"));
  RETURN_IF_ERROR(CheckNotGiven(json, "image", "VolumeOptions"));
  if (mount.source.empty()) {
    return InvalidMount("image", "field Source must not be empty");
  }
  JsonFields fields(json, "Mounts");
  JsonFields image(fields.Object("ImageOptions"), "Mounts.ImageOptions");
  mount.type = MountSpec::Type::kImage;
  mount.subpath = image.Text("Subpath");
  mount.read_only = true;
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(image.status());
  return CheckSubpath("image", mount.subpath);
}

// Options are [["uid", "1000"], ["exec"]].
void ReadTmpfsOptions(JsonFields& fields, MountSpec& mount) {
  JsonFields tmpfs(fields.Object("TmpfsOptions"), "Mounts.TmpfsOptions");
  mount.tmpfs_size = tmpfs.Integer("SizeBytes");
  mount.tmpfs_mode = tmpfs.OptionalInteger("Mode").value_or(mount.tmpfs_mode);
  for (const Json& option : tmpfs.Array("Options")) {
    std::vector<std::string> words;
    for (const Json& word : option) {
      words.push_back(word.is_string() ? word.get<std::string>() : "");
    }
    mount.tmpfs_options.push_back(absl::StrJoin(words, "="));
  }
  fields.Note(tmpfs.status());
}

// A device's number, or `*` for any; false when it is neither.
bool ReadDeviceNumber(absl::string_view text, std::optional<uint32_t>& number) {
  return text == "*" || absl::SimpleAtoi(text, &number.emplace());
}

// "c 13:* rwm". One of all types (a) is one for each.
absl::Status ParseDeviceRule(const std::string& text, ContainerSpec& spec) {
  constexpr size_t kParts = 3;
  const std::vector<std::string> parts = absl::StrSplit(text, ' ');
  runtime::DeviceAccess rule = {.allow = true};
  bool is_good = parts.size() == kParts;
  if (is_good) {
    const std::vector<absl::string_view> numbers = absl::StrSplit(parts[1], ':');
    rule.access = parts[2];
    is_good = (parts[0] == "a" || parts[0] == "b" || parts[0] == "c") && numbers.size() == 2 &&
              ReadDeviceNumber(numbers[0], rule.major) &&
              ReadDeviceNumber(numbers[1], rule.minor) && !rule.access.empty() &&
              rule.access.size() <= kParts &&
              rule.access.find_first_not_of("rwm") == std::string::npos;
  }
  if (!is_good) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid device cgroup rule format: '", text, "'"));
  }
  for (const char type : {'b', 'c'}) {
    if (parts[0] == "a" || parts[0][0] == type) {
      rule.type = type;
      spec.device_access.push_back(rule);
    }
  }
  return absl::OkStatus();
}

absl::Status ParseDeviceRequests(const Json& requests, ContainerSpec& spec) {
  for (const Json& item : requests) {
    JsonFields fields(item, "HostConfig.DeviceRequests");
    const std::string driver = fields.Text("Driver");
    std::vector<std::string> ids = fields.Texts("DeviceIDs");
    const int64_t count = fields.Integer("Count");
    RETURN_IF_ERROR(fields.status());
    if (driver != "cdi" && !driver.empty() && driver != "nvidia") {
      return Invalid("could not select device driver", absl::StrCat("\"", driver, "\""));
    }
    if (driver != "cdi") {  // --gpus: NVIDIA's own specification names its devices so
      for (int64_t i = 0; i < count && ids.empty() && i < 64; ++i) {
        ids.push_back(absl::StrCat(i));
      }
      if (count == -1) {
        ids = {"all"};
      }
      for (std::string& id : ids) {
        id = absl::StrCat("nvidia.com/gpu=", id);
      }
    }
    spec.cdi_devices.insert(spec.cdi_devices.end(), ids.begin(), ids.end());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MountSpec> ParseLongMount(const Json& json) {
  JsonFields fields(json, "Mounts");
  MountSpec mount;
  const std::string type = fields.Text("Type");
  mount.source = fields.Text("Source");
  const std::string target = fields.Text("Target");
  mount.read_only = fields.Flag("ReadOnly");
  ReadBindOptions(fields, mount);
  ReadVolumeOptions(fields, mount);
  ReadTmpfsOptions(fields, mount);
  RETURN_IF_ERROR(fields.status());
  ASSIGN_OR_RETURN(mount.target, ReadTarget(target));
  if (type == "bind") {
    mount.type = MountSpec::Type::kBind;
    if (!IsAbsolutePath(mount.source) || HasNul(mount.source)) {
      return InvalidMount(type, absl::StrCat("invalid mount path: '", mount.source,
                                             "' mount path must be absolute"));
    }
    mount.source = CleanPath(mount.source);
  } else if (type == "volume") {
    mount.type = MountSpec::Type::kVolume;
    RETURN_IF_ERROR(CheckSubpath(type, mount.subpath));
  } else if (type == "tmpfs") {
    mount.type = MountSpec::Type::kTmpfs;
  } else if (type == "image") {
    RETURN_IF_ERROR(ReadImageMount(json, mount));
  } else {
    return Invalid("mount type unknown", type);
  }
  if (mount.type != MountSpec::Type::kImage) {
    RETURN_IF_ERROR(CheckNotGiven(json, type, "ImageOptions"));
  }
  if (mount.type == MountSpec::Type::kBind || mount.type == MountSpec::Type::kTmpfs) {
    mount.subpath.clear();  // old clients say VolumeOptions of any mount, and mean nothing
  }
  if (!mount.propagation.empty() && !IsPropagation(mount.propagation)) {
    return Invalid("invalid propagation mode", mount.propagation);
  }
  return mount;
}

absl::StatusOr<MountSpec> ParseBind(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty() || HasNul(text)) {
    return Invalid("invalid volume specification", text);
  }
  MountSpec mount;
  mount.source = std::string(parts[0]);
  mount.type =
      absl::StartsWith(mount.source, "/") ? MountSpec::Type::kBind : MountSpec::Type::kVolume;
  if (mount.type == MountSpec::Type::kBind) {
    mount.source = CleanPath(mount.source);
    mount.make_source = true;
  }
  ASSIGN_OR_RETURN(mount.target, ReadTarget(std::string(parts[1])));
  if (parts.size() == 3) {
    RETURN_IF_ERROR(ApplyBindMode(parts[2], mount));
  }
  return mount;
}

absl::StatusOr<std::vector<MountSpec>> ParseMounts(const Json& host_config) {
  JsonFields fields(host_config, "HostConfig");
  std::vector<MountSpec> mounts;
  const std::string driver = fields.Text("VolumeDriver");
  for (const std::string& bind : fields.Texts("Binds")) {
    ASSIGN_OR_RETURN(mounts.emplace_back(), ParseBind(bind));
    mounts.back().driver = driver;
  }
  for (const Json& mount : fields.Array("Mounts")) {
    ASSIGN_OR_RETURN(mounts.emplace_back(), ParseLongMount(mount));
  }
  for (const auto& [target, options] : fields.TextMap("Tmpfs")) {
    ASSIGN_OR_RETURN(mounts.emplace_back(), ParseTmpfs(target, options));
  }
  RETURN_IF_ERROR(fields.status());
  return mounts;
}

absl::Status ParseDevices(const Json& host_config, ContainerSpec& spec) {
  JsonFields fields(host_config, "HostConfig");
  for (const Json& item : fields.Array("Devices")) {
    JsonFields device(item, "HostConfig.Devices");
    DeviceSpec read = {device.Text("PathOnHost"), device.Text("PathInContainer"),
                       device.Text("CgroupPermissions")};
    RETURN_IF_ERROR(device.status());
    read.target = read.target.empty() ? read.source : read.target;
    read.access = read.access.empty() ? "rwm" : read.access;
    spec.devices.push_back(std::move(read));
  }
  for (const std::string& rule : fields.Texts("DeviceCgroupRules")) {
    RETURN_IF_ERROR(ParseDeviceRule(rule, spec));
  }
  if (spec.device_access.size() > kMaxDeviceCgroupRules) {
    return absl::InvalidArgumentError(
        absl::StrCat("DeviceCgroupRules: at most ", kMaxDeviceCgroupRules, " rules"));
  }
  ASSIGN_OR_RETURN(spec.ulimits, ParseUlimits(fields.Array("Ulimits"), "HostConfig.Ulimits"));
  RETURN_IF_ERROR(ParseDeviceRequests(fields.Array("DeviceRequests"), spec));
  return fields.status();
}

// Of docker's, for all drivers. A log is a file, which holds nobody up.
absl::Status CheckLogMode(const std::map<std::string, std::string>& options) {
  const auto mode = options.find("mode");
  if (mode != options.end() && !mode->second.empty() && mode->second != "blocking" &&
      mode->second != "non-blocking") {
    return absl::InvalidArgumentError(
        absl::StrCat("logger: logging mode not supported: ", mode->second));
  }
  const auto buffer = options.find("max-buffer-size");
  if (buffer == options.end()) {
    return absl::OkStatus();
  }
  if (mode == options.end() || mode->second != "non-blocking") {
    return absl::InvalidArgumentError(
        "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  return ParseBytes(buffer->second).status();
}

absl::StatusOr<LogSpec> ParseLog(const Json& log) {
  JsonFields fields(log, "HostConfig.LogConfig");
  LogSpec spec;
  const std::string driver = fields.Text("Type");
  spec.driver = driver.empty() ? spec.driver : driver;
  if (spec.driver == "local") {
    spec.max_size = kLocalLogSize;
    spec.max_files = kLocalLogFiles;
  }
  const std::map<std::string, std::string> options = fields.TextMap("Config");
  RETURN_IF_ERROR(fields.status());
  if (spec.driver != "json-file" && spec.driver != "local" && spec.driver != "none") {
    return absl::InvalidArgumentError(
        absl::StrCat("logger: no log driver named '", spec.driver, "' is registered"));
  }
  static constexpr absl::string_view kNotOfItsFiles[] = {
      "compress", "env", "env-regex", "labels", "labels-regex", "max-buffer-size", "mode", "tag"};
  RETURN_IF_ERROR(CheckLogMode(options));
  for (const auto& [name, value] : options) {
    if (name == "max-size") {
      ASSIGN_OR_RETURN(spec.max_size, ParseBytes(value));
    } else if (name == "max-file") {
      if (!absl::SimpleAtoi(value, &spec.max_files) || spec.max_files < 1 ||
          spec.max_files > kMaxLogFiles) {
        return absl::InvalidArgumentError(
            absl::StrCat("max-file cannot be less than 1, or more than ", kMaxLogFiles));
      }
    } else if (!absl::c_linear_search(kNotOfItsFiles, name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown log opt '", name, "' for ", spec.driver, " log driver"));
    }
  }
  return spec;
}

}  // namespace berth::cri
