// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/environment.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

// Variables in the order in which their keys first came.
class Variables {
 public:
  void Set(absl::string_view entry) {
    const absl::string_view key = entry.substr(0, entry.find('='));
    const auto [found, is_new] = places_.try_emplace(std::string(key), entries_.size());
    if (is_new) {
      entries_.emplace_back(entry);
    } else {
      entries_[found->second] = std::string(entry);
    }
  }

  // The value; empty when it is not set.
  absl::string_view Get(absl::string_view key) const {
    const auto found = places_.find(key);
    return found == places_.end()
               ? absl::string_view()
               : absl::string_view(entries_[found->second]).substr(key.size() + 1);
  }

  std::vector<std::string> Take() { return std::move(entries_); }

 private:
  absl::flat_hash_map<std::string, size_t> places_;
  std::vector<std::string> entries_;
};

absl::Status CheckKey(absl::string_view key) {
  if (key.empty() || absl::StrContains(key, '=') || HasNul(key)) {
    return absl::InvalidArgumentError(
        absl::StrCat("environment: bad key \"", absl::CHexEscape(key), "\""));
  }
  return absl::OkStatus();
}

// The home directory comes from a file of the image.
bool IsSaneHome(absl::string_view home) {
  return IsAbsolutePath(home) && std::none_of(home.begin(), home.end(),
                                              [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

}  // namespace

std::vector<std::string> ChooseArguments(const v1::ContainerConfig& container,
                                         const ContainerImage& image) {
  std::vector<std::string> arguments(container.command().begin(), container.command().end());
  if (arguments.empty()) {
    arguments = image.entrypoint;
    if (container.args().empty()) {
      arguments.insert(arguments.end(), image.command.begin(), image.command.end());
    }
  }
  arguments.insert(arguments.end(), container.args().begin(), container.args().end());
  return arguments;
}

absl::StatusOr<std::vector<std::string>> PlanArguments(const v1::ContainerConfig& container,
                                                       const ContainerImage& image) {
  std::vector<std::string> arguments = ChooseArguments(container, image);
  if (arguments.empty()) {
    return absl::InvalidArgumentError(
        "no command: neither the request nor the image says what to run");
  }
  for (const std::string& argument : arguments) {
    if (HasNul(argument)) {
      return absl::InvalidArgumentError("command: an argument has a NUL byte");
    }
  }
  return arguments;
}

absl::StatusOr<std::vector<std::string>> PlanEnvironment(const v1::ContainerConfig& container,
                                                         const ContainerImage& image,
                                                         absl::string_view hostname,
                                                         absl::string_view home) {
  Variables variables;
  variables.Set(kDefaultPath);
  if (container.tty()) {
    variables.Set("TERM=xterm");
  }
  variables.Set(absl::StrCat("HOSTNAME=", hostname));
  for (const std::string& entry : image.environment) {
    const size_t equals = entry.find('=');
    if (equals != std::string::npos && equals > 0 && !HasNul(entry)) {
      variables.Set(entry);
    }
  }
  for (const v1::KeyValue& variable : container.envs()) {
    RETURN_IF_ERROR(CheckKey(variable.key()));
    if (HasNul(variable.value())) {
      return absl::InvalidArgumentError(
          absl::StrCat("environment: the value of ", variable.key(), " has a NUL byte"));
    }
    variables.Set(absl::StrCat(variable.key(), "=", variable.value()));
  }
  if (variables.Get("HOME").empty()) {
    variables.Set(absl::StrCat("HOME=", IsSaneHome(home) ? home : "/"));
  }
  return variables.Take();
}

absl::StatusOr<std::string> PlanWorkingDirectory(const v1::ContainerConfig& container,
                                                 const ContainerImage& image) {
  const std::string& asked =
      container.working_dir().empty() ? image.working_directory : container.working_dir();
  if (HasNul(asked)) {
    return absl::InvalidArgumentError("working_dir has a NUL byte");
  }
  return CleanPath(absl::StrCat("/", asked));
}

}  // namespace berth::runtime
