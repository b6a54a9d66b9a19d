// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_progress.h"

#include "absl/strings/str_cat.h"

namespace berth::cli {

absl::StatusOr<BuildProgress> ChooseBuildProgress(const std::string& asked, bool quiet,
                                                  bool has_screen) {
  const bool is_auto = asked.empty() || asked == "auto";
  if (asked == "rawjson") {
    return absl::InvalidArgumentError(
        "--progress=rawjson has the messages of BuildKit, which is not there: choose auto, plain, "
        "quiet or tty");
  }
  if (!is_auto && asked != "plain" && asked != "quiet" && asked != "tty") {
    return absl::InvalidArgumentError(
        absl::StrCat("--progress=", asked, ": choose auto, plain, quiet or tty"));
  }
  if (quiet && !is_auto && asked != "quiet") {
    return absl::InvalidArgumentError(
        absl::StrCat("progress=", asked, " and quiet cannot be used together"));
  }
  if (quiet || asked == "quiet") {
    return BuildProgress::kNone;
  }
  if (asked == "tty" && !has_screen) {
    return absl::FailedPreconditionError("--progress=tty: the output is no terminal");
  }
  return has_screen && asked != "plain" ? BuildProgress::kScreen : BuildProgress::kPlain;
}

}  // namespace berth::cli
