// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/leftover_plugins.h"

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/leftover_programs.h"

namespace berth::runtime {
namespace {

// A DEL that is cut short leaves rules behind that a second one does not find.
constexpr absl::Duration kFinishTime = absl::Seconds(5);

}  // namespace

bool IsPluginOf(const PodIds& pods, absl::string_view environment) {
  bool has_command = false;
  bool has_pod = false;
  for (absl::string_view variable : absl::StrSplit(environment, '\0')) {
    if (absl::ConsumePrefix(&variable, "CNI_CONTAINERID=")) {
      has_pod = pods.contains(variable);
    } else if (absl::ConsumePrefix(&variable, "CNI_COMMAND=")) {
      has_command = true;
    }
  }
  return has_command && has_pod;
}

void EndLeftoverPlugins(const PodIds& pods) {
  if (pods.empty()) {
    return;
  }
  EndLeftoverPrograms(
      "CNI plugin", [&pods](absl::string_view text) { return IsPluginOf(pods, text); },
      kFinishTime);
}

}  // namespace berth::runtime
