// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_output.h"
#include "cri/cli/doors.h"
#include "cri/cli/local_streams.h"
#include "cri/cli/output_frames.h"

namespace berth::cli {
namespace {

constexpr int64_t kAll = -1;

struct LogsOptions {
  std::string container;
  bool follow = false;
  bool timestamps = false;
  bool details = false;
  std::string tail = "all";
  int64_t tail_lines = kAll;
  std::string since, until;  // as ParseMoment reads them
};

// What is wrong, else nothing.
std::string ReadTail(const std::string& text, int64_t& lines) {
  lines = kAll;
  if (text != "all" && (!absl::SimpleAtoi(text, &lines) || lines < 0)) {
    return "write a number of lines, or all";
  }
  return "";
}

absl::StatusOr<LogSpan> SpanOf(const LogsOptions& options) {
  LogSpan span;
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(const auto since, ParseMoment(options.since, now));
  ASSIGN_OR_RETURN(const auto until, ParseMoment(options.until, now));
  span.since = since.value_or(span.since);
  span.until = until.value_or(span.until);
  return span;
}

absl::Status ShowEngineLogs(const Session& session, const EngineContainer& container,
                            const LogsOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/containers", container.id, "logs"},
                             {{"stdout", "1"},
                              {"stderr", "1"},
                              {"follow", options.follow ? "1" : ""},
                              {"timestamps", options.timestamps ? "1" : ""},
                              {"details", options.details ? "1" : ""},
                              {"since", options.since},
                              {"until", options.until},
                              {"tail", options.tail}});
  OutputFrames frames;
  return engine.Stream(call, [&](absl::string_view bytes) {
    if (container.has_terminal()) {
      WriteOut(STDOUT_FILENO, bytes);
      return absl::OkStatus();
    }
    return frames.Take(bytes, [](bool is_error, absl::string_view text) {
      WriteOut(is_error ? STDERR_FILENO : STDOUT_FILENO, text);
    });
  });
}

absl::StatusOr<int> RunLogs(const Session& session, const LogsOptions& options) {
  ASSIGN_OR_RETURN(const LogSpan span, SpanOf(options));
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const AnyTarget found, FindContainer(session, client, options.container));
  if (const auto* container = std::get_if<EngineContainer>(&found); container != nullptr) {
    RETURN_IF_ERROR(ShowEngineLogs(session, *container, options));
    return 0;
  }
  ASSIGN_OR_RETURN(ContainerOutput output, ContainerOutput::Open(client, std::get<Target>(found).id,
                                                                 {.tail = options.tail_lines,
                                                                  .timestamps = options.timestamps,
                                                                  .span = span}));
  if (options.follow) {
    RETURN_IF_ERROR(output.Follow());
  } else {
    RETURN_IF_ERROR(output.Show());
  }
  return 0;
}

}  // namespace

void DefineLogs(Verb& verb) {
  verb.set_description("Show what a container has written");
  auto options = std::make_shared<LogsOptions>();
  verb.Add("CONTAINER", options->container, "the container", {.required = true});
  verb.AddFlag("-f,--follow", options->follow, "go on until it ends");
  verb.AddFlag("-t,--timestamps", options->timestamps, "begin each line with its time");
  verb.Add("-n,--tail", options->tail, "only the last lines",
           {.type = "LINES", .shows_default = true, .check = [options](const std::string& text) {
              return ReadTail(text, options->tail_lines);
            }});
  verb.Add("--since", options->since, "only what was said from then on", {.type = "TIME|AGE"});
  verb.Add("--until", options->until, "only what was said before", {.type = "TIME|AGE"});
  verb.AddFlag("--details", options->details,
               "begin each line with what --log-opt labels, env and tag name; pods have none");
  verb.set_footer("A TIME is as in 2024-05-01T10:00:00Z or 2024-05-01, an AGE as in 10m.");
  verb.set_action([options](const Session& session) { return RunLogs(session, *options); });
}

}  // namespace berth::cli
