// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_output.h"

namespace berth::cli {
namespace {

constexpr int64_t kAll = -1;

struct LogsOptions {
  std::string container;
  bool follow = false;
  bool timestamps = false;
  std::string tail = "all";
  int64_t tail_lines = kAll;
};

// CLI11's form: what is wrong, else nothing.
std::string ReadTail(const std::string& text, int64_t& lines) {
  lines = kAll;
  if (text != "all" && (!absl::SimpleAtoi(text, &lines) || lines < 0)) {
    return "write a number of lines, or all";
  }
  return "";
}

absl::StatusOr<int> RunLogs(const Session& session, const LogsOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const Target target,
                   FindTarget(inventory, options.container, TargetKind::kContainer));
  ASSIGN_OR_RETURN(
      ContainerOutput output,
      ContainerOutput::Open(client, target.id, options.tail_lines, options.timestamps));
  if (options.follow) {
    RETURN_IF_ERROR(output.FollowToEnd().status());
  } else {
    RETURN_IF_ERROR(output.Show());
  }
  return 0;
}

}  // namespace

void AddLogs(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("logs", "Show what a container has written");
  auto options = std::make_shared<LogsOptions>();
  verb.add_option("CONTAINER", options->container, "the container")->required()->type_name("");
  verb.add_flag("-f,--follow", options->follow, "go on until it ends");
  verb.add_flag("-t,--timestamps", options->timestamps, "begin each line with its time");
  verb.add_option("-n,--tail", options->tail, "only the last lines")
      ->check(CLI::Validator(
          [options](const std::string& text) { return ReadTail(text, options->tail_lines); }, ""))
      ->type_name("LINES")
      ->capture_default_str();
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunLogs(session, *options); };
  });
}

}  // namespace berth::cli
