// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/spec_edits.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/status.h"
#include "runtime/cdi/object_reader.h"

namespace berth::cdi {
namespace {

constexpr char kNoAccess[] = "none";
constexpr char kAllAccess[] = "rwm";

std::string At(const std::string& where, absl::string_view list, size_t index) {
  return absl::StrCat(where, where.empty() ? "" : ".", list, "[", index, "]");
}

// The elements of the list `key`, each read by `read`.
template <typename T, typename Read>
absl::StatusOr<std::vector<T>> ReadList(ObjectReader& reader, const std::string& where,
                                        absl::string_view key, Read read) {
  const Json& list = reader.Array(key);
  if (list.size() > kMaxEdits) {
    return absl::InvalidArgumentError(absl::StrCat(where, ".", key, ": ", list.size(),
                                                   " entries are over the limit of ", kMaxEdits));
  }
  std::vector<T> result;
  for (const Json& element : list) {
    ASSIGN_OR_RETURN(T one, read(element, At(where, key, result.size())));
    result.push_back(std::move(one));
  }
  return result;
}

bool IsVariable(const std::string& text) {
  const size_t equals = text.find('=');
  return equals != std::string::npos && equals > 0;
}

absl::StatusOr<DeviceNode> ReadNode(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  DeviceNode node;
  node.path = reader.String("path");
  node.host_path = reader.String("hostPath");
  const std::string type = reader.String("type");
  node.major = reader.Number("major");
  node.minor = reader.Number("minor");
  node.mode = reader.Number("fileMode");
  node.uid = reader.Number("uid");
  node.gid = reader.Number("gid");
  node.access = reader.String("permissions");
  if (node.path.empty()) {
    reader.Refuse("path is missing");
  }
  constexpr absl::string_view kTypes[] = {"", "b", "c", "u", "p"};
  if (!absl::c_linear_search(kTypes, type)) {
    reader.Refuse("type is none of b, c, u and p");
  } else if (!type.empty()) {
    node.type = type == "u" ? 'c' : type.front();
  }
  if (node.access == kNoAccess) {
    node.access.clear();
  } else if (node.access.find_first_not_of(kAllAccess) != std::string::npos) {
    reader.Refuse("permissions are not of r, w and m");
  } else if (node.access.empty()) {
    node.access = kAllAccess;
  }
  RETURN_IF_ERROR(reader.Finish());
  return node;
}

absl::StatusOr<Mount> ReadMount(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Mount mount;
  mount.host_path = reader.String("hostPath");
  mount.container_path = reader.String("containerPath");
  mount.type = reader.String("type");
  mount.options = reader.Strings("options");
  if (mount.host_path.empty() || mount.container_path.empty()) {
    reader.Refuse("hostPath or containerPath is missing");
  }
  RETURN_IF_ERROR(reader.Finish());
  return mount;
}

absl::StatusOr<Hook> ReadHook(const Json& json, const std::string& where) {
  constexpr absl::string_view kStages[] = {"prestart",       "createRuntime", "createContainer",
                                           "startContainer", "poststart",     "poststop"};
  ObjectReader reader(json, where);
  Hook hook;
  hook.name = reader.String("hookName");
  hook.path = reader.String("path");
  hook.arguments = reader.Strings("args");
  hook.environment = reader.Strings("env");
  const std::optional<uint32_t> timeout = reader.Number("timeout");
  hook.timeout = timeout.value_or(0);
  if (!absl::c_linear_search(kStages, hook.name)) {
    reader.Refuse("hookName is none of OCI's");
  }
  if (hook.path.empty()) {
    reader.Refuse("path is missing");
  }
  if (timeout == 0) {
    reader.Refuse("timeout is 0");
  }
  if (!std::all_of(hook.environment.begin(), hook.environment.end(), IsVariable)) {
    reader.Refuse("env is not of NAME=value");
  }
  RETURN_IF_ERROR(reader.Finish());
  return hook;
}

}  // namespace

absl::StatusOr<Edits> ReadEdits(const Json* json, const std::string& where) {
  Edits edits;
  if (json == nullptr) {
    return edits;
  }
  ObjectReader reader(*json, where);
  edits.environment = reader.Strings("env");
  ASSIGN_OR_RETURN(edits.nodes, ReadList<DeviceNode>(reader, where, "deviceNodes", ReadNode));
  ASSIGN_OR_RETURN(edits.mounts, ReadList<Mount>(reader, where, "mounts", ReadMount));
  ASSIGN_OR_RETURN(edits.hooks, ReadList<Hook>(reader, where, "hooks", ReadHook));
  edits.groups = reader.Numbers("additionalGids");
  for (const char* field : {"intelRdt", "netDevices"}) {
    if (reader.Has(field) && edits.unsupported.empty()) {
      edits.unsupported = field;
    }
  }
  if (!std::all_of(edits.environment.begin(), edits.environment.end(), IsVariable)) {
    reader.Refuse("env is not of NAME=value");
  }
  if (edits.environment.size() > kMaxEdits || edits.groups.size() > kMaxEdits) {
    reader.Refuse(absl::StrCat("env or additionalGids has over ", kMaxEdits, " entries"));
  }
  RETURN_IF_ERROR(reader.Finish());
  return edits;
}

}  // namespace berth::cdi
